// Failures of RPC calls: google.rpc details, the same over grpc-js and Connect, into one client error.
import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { durationMs } from '@bufbuild/protobuf/wkt';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PublishSummarySchema,
  QuotaFailureSchema,
  RetryInfoSchema,
} from '@oncelog/protocol';
import { cancelledCall, OncelogClientError, timedOutCall, type Violation } from './client-error.ts';
import { codeOfStatus, isFailureCode } from './failure-table.ts';

const domain = 'oncelog';

/** The numbers of google.rpc.Code. */
export const grpcCodes = {
  cancelled: 1,
  unknown: 2,
  deadlineExceeded: 4,
  aborted: 10,
  internal: 13,
  unavailable: 14,
} as const;

/** Without the log's own ErrorInfo these come from a broken connection or from something in between. */
const connectionCodes: ReadonlySet<number> = new Set([
  grpcCodes.cancelled,
  grpcCodes.unknown,
  grpcCodes.aborted,
  grpcCodes.internal,
  grpcCodes.unavailable,
]);

/** One google.protobuf.Any of an error: its type without the URL prefix. */
export interface ErrorDetail {
  readonly type: string;
  readonly value: Uint8Array;
}

export interface RpcFailure {
  readonly grpcCode: number;
  readonly message: string;
  readonly details: readonly ErrorDetail[];
  /** The caller's own signal ended the call. */
  readonly cancelled: boolean;
  /** What the call was given; undefined for a call without end. */
  readonly timeoutMs: number | undefined;
  readonly cause: unknown;
}

export function clientErrorOfRpc(failure: RpcFailure): OncelogClientError {
  const { message, details, cause } = failure;
  const info = find(details, ErrorInfoSchema);
  if (info?.domain !== domain) return errorWithoutInfo(failure);
  const retryDelay = find(details, RetryInfoSchema)?.retryDelay;
  const { outcome, limit, actual, cursor } = info.metadata;
  return new OncelogClientError(isFailureCode(info.reason) ? info.reason : 'UNSPECIFIED', message, {
    violations: violationsOf(details),
    limit,
    actual,
    outcome: outcome === 'none' ? 'none' : 'unknown',
    retryAfterMs: retryDelay && durationMs(retryDelay),
    committed: find(details, PublishSummarySchema),
    cursor,
    cause,
  });
}

/** A serialized google.rpc.Status, as gRPC sends it in the trailer `grpc-status-details-bin`. */
export function readStatus(status: Uint8Array): { readonly message: string; readonly details: readonly ErrorDetail[] } {
  let message = '';
  const details: ErrorDetail[] = [];
  readFields(status, (field, reader) => {
    if (field === 2) message = reader.string();
    if (field !== 3) return field === 2;
    let type = '';
    let value: Uint8Array = new Uint8Array();
    readFields(reader.bytes(), (anyField, anyReader) => {
      if (anyField === 1) type = anyReader.string().replace(/^.*\//, '');
      else if (anyField === 2) value = anyReader.bytes();
      else return false;
      return true;
    });
    details.push({ type, value });
    return true;
  });
  return { message, details };
}

function readFields(bytes: Uint8Array, read: (field: number, reader: BinaryReader) => boolean): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (!read(field, reader)) reader.skip(wireType, field);
  }
}

function errorWithoutInfo({ grpcCode, message, cancelled, timeoutMs, cause }: RpcFailure): OncelogClientError {
  if (cancelled) return cancelledCall(cause);
  if (grpcCode === grpcCodes.deadlineExceeded && timeoutMs !== undefined) return timedOutCall(timeoutMs, cause);
  const code = connectionCodes.has(grpcCode) ? 'UNREACHABLE' : codeOfStatus('grpcCode', grpcCode);
  return new OncelogClientError(code, message, { cause });
}

function violationsOf(details: readonly ErrorDetail[]): Violation[] {
  const fields = find(details, BadRequestSchema)?.fieldViolations ?? [];
  const quotas = find(details, QuotaFailureSchema)?.violations ?? [];
  return [
    ...fields.map(({ field, description }) => ({ field, description })),
    ...quotas.map(({ subject, description }) => ({ field: subject, description })),
  ];
}

function find<Desc extends DescMessage>(details: readonly ErrorDetail[], schema: Desc): MessageShape<Desc> | undefined {
  const detail = details.find(({ type }) => type === schema.typeName);
  return detail && fromBinary(schema, detail.value);
}
