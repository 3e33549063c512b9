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
import { type ClientErrorCode, OncelogClientError, type Violation } from './client-error.ts';
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
  readonly cause: unknown;
}

export function clientErrorOfRpc({ grpcCode, message, details, cancelled, cause }: RpcFailure): OncelogClientError {
  const info = find(details, ErrorInfoSchema);
  if (info?.domain !== domain) {
    return new OncelogClientError(codeWithoutInfo(grpcCode, cancelled), message, { cause });
  }
  const retryDelay = find(details, RetryInfoSchema)?.retryDelay;
  const { outcome, limit, actual } = info.metadata;
  return new OncelogClientError(isFailureCode(info.reason) ? info.reason : 'UNSPECIFIED', message, {
    violations: violationsOf(details),
    limit,
    actual,
    outcome: outcome === 'none' ? 'none' : 'unknown',
    retryAfterMs: retryDelay && durationMs(retryDelay),
    committed: find(details, PublishSummarySchema),
    cause,
  });
}

/** The details of a serialized google.rpc.Status, as gRPC sends it in the trailer `grpc-status-details-bin`. */
export function detailsOfStatus(status: Uint8Array): ErrorDetail[] {
  const details: ErrorDetail[] = [];
  readFields(status, (field, reader) => {
    if (field !== 3) return false;
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
  return details;
}

function readFields(bytes: Uint8Array, read: (field: number, reader: BinaryReader) => boolean): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (!read(field, reader)) reader.skip(wireType, field);
  }
}

function codeWithoutInfo(grpcCode: number, cancelled: boolean): ClientErrorCode {
  if (cancelled) return 'CANCELLED';
  if (grpcCode === grpcCodes.deadlineExceeded) return 'TIMED_OUT';
  return connectionCodes.has(grpcCode) ? 'UNREACHABLE' : codeOfStatus('grpcCode', grpcCode);
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
