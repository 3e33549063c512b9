// A refusal as a client sees it, brought to one shape whatever carried it.
import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { type Any, durationMs } from '@bufbuild/protobuf/wkt';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  type PublishSummary,
  PublishSummarySchema,
  RetryInfoSchema,
  type Status,
  StatusSchema,
} from '@oncelog/protocol';

export interface FailureFacts {
  /** MALFORMED, RULE_BROKEN, …; empty when the answer carries no code of the log's own. */
  readonly code: string;
  readonly message: string;
  readonly field?: string | undefined;
  readonly limit?: string | undefined;
  readonly actual?: string | undefined;
  readonly outcome?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The number of google.rpc.Code; absent over REST. */
  readonly grpcCode?: number | undefined;
  /** The HTTP status over REST. */
  readonly status?: number | undefined;
  /** The paths of all broken rules. */
  readonly fields?: readonly string[] | undefined;
  readonly committed?: PublishSummary | undefined;
  /** Where a reader can go on. */
  readonly cursor?: string | undefined;
}

export class WireFailure extends Error {
  readonly facts: FailureFacts;

  constructor(facts: FailureFacts) {
    super(`${facts.code || `gRPC ${facts.grpcCode}`}: ${facts.message}`);
    this.facts = facts;
  }
}

/** Finds one kind of detail in an answer. */
export type FindDetail = <Desc extends DescMessage>(desc: Desc) => MessageShape<Desc> | undefined;

export function rpcFailure(grpcCode: number, message: string, find: FindDetail): WireFailure {
  const info = find(ErrorInfoSchema);
  const retryDelay = find(RetryInfoSchema)?.retryDelay;
  return new WireFailure({
    code: info?.reason ?? '',
    message,
    field: info?.metadata['field'],
    limit: info?.metadata['limit'],
    actual: info?.metadata['actual'],
    outcome: info?.metadata['outcome'],
    retryAfterMs: retryDelay && durationMs(retryDelay),
    grpcCode,
    fields: find(BadRequestSchema)?.fieldViolations.map(({ field }) => field),
    committed: find(PublishSummarySchema),
    cursor: info?.metadata['cursor'],
  });
}

/** What a failed call tells, told within an answer. */
export function statusFailure({ code, message, details }: Status): WireFailure {
  return rpcFailure(code, message, findAmong(details));
}

export function restFailure(status: number, text: string): WireFailure {
  const body = JSON.parse(text) as Record<string, unknown>;
  const textOf = (name: string) => (body[name] === undefined ? undefined : String(body[name]));
  return new WireFailure({
    code: textOf('code') ?? '',
    message: textOf('message') ?? '',
    field: textOf('field'),
    limit: textOf('limit'),
    actual: textOf('actual'),
    outcome: textOf('outcome'),
    retryAfterMs: body['retry_after_ms'] as number | undefined,
    status,
    cursor: textOf('cursor'),
    fields: (body['violations'] as { field: string }[] | undefined)?.map(({ field }) => field),
  });
}

/** The details of the serialized google.rpc.Status that gRPC sends as `grpc-status-details-bin`. */
export function findInStatus(status: Uint8Array | undefined): FindDetail {
  return findAmong(status === undefined ? [] : fromBinary(StatusSchema, status).details);
}

export function findAmong(details: readonly Any[]): FindDetail {
  return (desc) => {
    const found = details.find(({ typeUrl }) => typeUrl.endsWith(`/${desc.typeName}`));
    return found && fromBinary(desc, found.value);
  };
}
