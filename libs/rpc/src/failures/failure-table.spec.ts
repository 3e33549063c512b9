import { Code } from '@connectrpc/connect';
import { type ErrorCode, errorCodes } from '@oncelog/core';
import { ErrorCodeSchema } from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { failureOf } from './failure-table.ts';

/** What was promised to clients. Connect answers with the HTTP status that its protocol gives to each gRPC code. */
const promised: Readonly<Record<ErrorCode, readonly [grpc: Code, rest: number, exit: number, retryable: boolean]>> = {
  MALFORMED: [Code.InvalidArgument, 400, 4, false],
  RULE_BROKEN: [Code.InvalidArgument, 422, 4, false],
  TOO_MANY_EVENTS: [Code.InvalidArgument, 422, 4, false],
  EVENT_TOO_LARGE: [Code.InvalidArgument, 422, 4, false],
  BODY_TOO_LARGE: [Code.ResourceExhausted, 413, 4, false],
  QUEUE_FULL: [Code.ResourceExhausted, 429, 5, true],
  DISK_FULL: [Code.ResourceExhausted, 507, 5, true],
  CURSOR_EXPIRED: [Code.OutOfRange, 410, 4, false],
  STORE_UNAVAILABLE: [Code.Unavailable, 503, 5, true],
  SHUTTING_DOWN: [Code.Unavailable, 503, 5, true],
  NOT_FOUND: [Code.NotFound, 404, 4, false],
  WRONG_METHOD: [Code.Unimplemented, 405, 4, false],
  WRONG_MEDIA_TYPE: [Code.Unimplemented, 415, 4, false],
  DATA_CORRUPTED: [Code.DataLoss, 500, 1, false],
  INTERNAL: [Code.Internal, 500, 1, false],
  TIMED_OUT: [Code.DeadlineExceeded, 408, 5, true],
  ALREADY_EXISTS: [Code.AlreadyExists, 409, 4, false],
  READER_STALLED: [Code.Aborted, 408, 5, true],
};

describe('the failure table', () => {
  it('has a row for each code of the domain, and no other', () => {
    const inContract = ErrorCodeSchema.values
      .map(({ name }) => name.replace('ERROR_CODE_', ''))
      .filter((name) => name !== 'UNSPECIFIED');
    expect(inContract.toSorted()).toEqual([...errorCodes].toSorted());
    expect(Object.keys(promised).toSorted()).toEqual([...errorCodes].toSorted());
  });

  it.each(errorCodes)('keeps the promise for %s', (code) => {
    const { grpcCode, restStatus, exitCode, retryable } = failureOf(code);
    expect([grpcCode, restStatus, exitCode, retryable]).toEqual(promised[code]);
  });
});
