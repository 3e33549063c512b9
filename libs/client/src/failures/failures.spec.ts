import { toBinary, create } from '@bufbuild/protobuf';
import { ErrorInfoSchema } from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { OncelogClientError } from './client-error.ts';
import { failureTable } from './failure-table.ts';
import { clientErrorOfRest } from './rest-error.ts';
import { clientErrorOfRpc } from './rpc-error.ts';

describe('the table of failures', () => {
  it.each([
    ['MALFORMED', 4, false],
    ['RULE_BROKEN', 4, false],
    ['TOO_MANY_EVENTS', 4, false],
    ['EVENT_TOO_LARGE', 4, false],
    ['BODY_TOO_LARGE', 4, false],
    ['QUEUE_FULL', 5, true],
    ['DISK_FULL', 5, true],
    ['CURSOR_EXPIRED', 4, false],
    ['STORE_UNAVAILABLE', 5, true],
    ['SHUTTING_DOWN', 5, true],
    ['NOT_FOUND', 4, false],
    ['WRONG_METHOD', 4, false],
    ['WRONG_MEDIA_TYPE', 4, false],
    ['DATA_CORRUPTED', 1, false],
    ['INTERNAL', 1, false],
    ['TIMED_OUT', 5, true],
    ['ALREADY_EXISTS', 4, false],
    ['READER_STALLED', 5, true],
    ['UNREACHABLE', 5, true],
    ['CANCELLED', 130, false],
    ['UNSPECIFIED', 1, false],
  ] as const)('%s exits with %i', (code, exitCode, retryable) => {
    expect(new OncelogClientError(code, 'x')).toMatchObject({ exitCode, retryable });
  });

  it('is complete above', () => {
    expect(failureTable.size).toBe(19);
  });
});

describe('an RPC failure without the details of the log', () => {
  const decode = (grpcCode: number, cancelled = false) =>
    clientErrorOfRpc({ grpcCode, message: 'm', details: [], cancelled, timeoutMs: 1500, cause: undefined });

  it.each([
    [14, 'UNREACHABLE'],
    [13, 'UNREACHABLE'],
    [1, 'UNREACHABLE'],
    [4, 'TIMED_OUT'],
    [3, 'MALFORMED'],
    [5, 'NOT_FOUND'],
    [16, 'UNSPECIFIED'],
  ])('with gRPC code %i is %s, outcome unknown', (grpcCode, code) => {
    expect(decode(grpcCode)).toMatchObject({ code, outcome: 'unknown' });
  });

  it('is told in words of our own when it is about time', () => {
    expect(decode(4).message).toBe('no answer within 1.5 s');
    expect(decode(1, true).message).toBe('interrupted before the answer came');
  });

  it('is CANCELLED when the caller ended it', () => {
    expect(decode(1, true).code).toBe('CANCELLED');
  });

  it('of somebody else is not taken for one of the log', () => {
    const info = create(ErrorInfoSchema, { domain: 'proxy.example', reason: 'RULE_BROKEN' });
    const details = [{ type: 'google.rpc.ErrorInfo', value: toBinary(ErrorInfoSchema, info) }];
    const failure = { grpcCode: 14, message: 'm', details, cancelled: false, timeoutMs: 1500, cause: undefined };
    const error = clientErrorOfRpc(failure);
    expect(error.code).toBe('UNREACHABLE');
  });
});

describe('a REST failure', () => {
  it('is read from the body', () => {
    const body = {
      code: 'RULE_BROKEN',
      message: 'events[0].topic: is required',
      field: 'events[0].topic',
      limit: 255,
      actual: 0,
      outcome: 'none',
    };
    expect(clientErrorOfRest(422, JSON.stringify(body))).toMatchObject({
      code: 'RULE_BROKEN',
      violations: [{ field: 'events[0].topic' }],
      limit: '255',
      actual: '0',
      outcome: 'none',
    });
  });

  it.each([
    [502, '<html>bad gateway</html>', 'UNREACHABLE'],
    [404, 'not here', 'NOT_FOUND'],
    [413, '"too large"', 'BODY_TOO_LARGE'],
    [418, '{}', 'UNSPECIFIED'],
  ])('with status %i and no body of the log is judged by its status', (status, body, code) => {
    expect(clientErrorOfRest(status, body)).toMatchObject({ code, outcome: 'unknown' });
  });
});
