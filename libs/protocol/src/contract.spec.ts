import { getOption } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as Idempotency } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { ErrorCodeSchema, EventLogService, failure, http } from './index.ts';

const { method } = EventLogService;

describe('the contract', () => {
  it('tells clients that Publish may be sent again, and that reads change nothing', () => {
    expect(method.publish.idempotency).toBe(Idempotency.IDEMPOTENT);
    for (const read of [method.getEvent, method.checkEvents, method.listEvents, method.getStats, method.subscribe]) {
      expect(read.idempotency, read.name).toBe(Idempotency.NO_SIDE_EFFECTS);
    }
  });

  it('gives every method a REST route that HTTP can carry: all but streams of requests', () => {
    const routes = EventLogService.methods.map((each) => [each.name, getOption(each, http).pattern.value]);
    expect(Object.fromEntries(routes)).toEqual({
      Publish: '/publish',
      PublishStream: undefined,
      PublishSession: undefined,
      Subscribe: '/subscribe',
      GetEvent: '/events/{topic}/{event_id}',
      CheckEvents: '/check',
      ListEvents: '/events',
      GetStats: '/stats',
    });
  });

  it('maps every failure to a gRPC code, an HTTP status and an exit code that say failure', () => {
    for (const value of ErrorCodeSchema.values) {
      const { grpcCode, restStatus, exitCode } = getOption(value, failure);
      expect(grpcCode, value.name).toBeGreaterThan(0);
      expect(restStatus, value.name).toBeGreaterThanOrEqual(400);
      expect(exitCode, value.name).toBeGreaterThan(0);
    }
  });

  it('asks for a retry only where the status lets clients and proxies expect one', () => {
    const retried = ErrorCodeSchema.values.filter((value) => getOption(value, failure).retryable);
    expect(new Set(retried.map((value) => getOption(value, failure).restStatus))).toEqual(
      new Set([408, 429, 503, 507]),
    );
    expect(new Set(retried.map((value) => getOption(value, failure).exitCode))).toEqual(new Set([5]));
  });
});
