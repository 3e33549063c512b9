// A failure as gRPC, gRPC-Web and Connect carry it: a status with google.rpc details.
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { OncelogError } from '@oncelog/core';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PublishSummarySchema,
  QuotaFailureSchema,
  RetryInfoSchema,
} from '@oncelog/protocol';
import { asOncelogError, retryAfterSeconds } from '../failures/as-oncelog-error.ts';
import { failureOf } from '../failures/failure-table.ts';
import { StreamFailure } from '../handlers/stream-publisher.ts';
import { summaryToProto } from './outcome-to-proto.ts';

const errorDomain = 'oncelog';

type Detail = { desc: DescMessage; value: MessageInitShape<DescMessage> };

export function errorToConnect(error: unknown): ConnectError {
  if (error instanceof StreamFailure) return streamFailureToConnect(error);
  if (error instanceof ConnectError) return error;
  return toConnect(asOncelogError(error), []);
}

function streamFailureToConnect({ cause, summary }: StreamFailure): ConnectError {
  const detail: Detail = { desc: PublishSummarySchema, value: summaryToProto(summary) };
  if (!(cause instanceof ConnectError)) return toConnect(asOncelogError(cause), [detail]);
  return new ConnectError(cause.rawMessage, cause.code, cause.metadata, [...outgoing(cause), detail], cause);
}

function outgoing(error: ConnectError): Detail[] {
  return error.details.filter((detail): detail is Detail => 'desc' in detail);
}

function toConnect(error: OncelogError, more: readonly Detail[]): ConnectError {
  const { grpcCode, retryable } = failureOf(error.code);
  const details: Detail[] = [{ desc: ErrorInfoSchema, value: errorInfo(error) }];
  if (grpcCode === Code.InvalidArgument && error.violations.length > 0) {
    const fieldViolations = error.violations.map(({ field, description }) => ({ field, description }));
    details.push({ desc: BadRequestSchema, value: { fieldViolations } });
  }
  if (grpcCode === Code.ResourceExhausted && !retryable) {
    const violations = error.violations.map(({ field, description }) => ({ subject: field, description }));
    details.push({ desc: QuotaFailureSchema, value: { violations } });
  }
  const metadata = new Headers();
  if (error.retryAfterMs !== undefined) {
    details.push({ desc: RetryInfoSchema, value: { retryDelay: durationOfMs(error.retryAfterMs) } });
    metadata.set('retry-after', String(retryAfterSeconds(error.retryAfterMs)));
  }
  return new ConnectError(error.message, grpcCode, metadata, [...details, ...more], error);
}

function errorInfo({ code, outcome, cursor, violations: [first] }: OncelogError) {
  const metadata: Record<string, string> = { outcome };
  if (cursor !== undefined) metadata['cursor'] = cursor;
  if (first) metadata['field'] = first.field;
  if (first?.limit !== undefined) metadata['limit'] = String(first.limit);
  if (first?.actual !== undefined) metadata['actual'] = String(first.actual);
  return { reason: code, domain: errorDomain, metadata };
}

function durationOfMs(ms: number) {
  return { seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 };
}
