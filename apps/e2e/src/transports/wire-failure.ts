// A refusal as a client sees it, brought to one shape whatever carried it.
import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { durationMs, type Any } from '@bufbuild/protobuf/wkt';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  type PublishSummary,
  PublishSummarySchema,
  RetryInfoSchema,
  type Status,
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
  return findAmong(status === undefined ? [] : fieldsOf(status, 3).map(anyOf));
}

function findAmong(details: readonly Pick<Any, 'typeUrl' | 'value'>[]): FindDetail {
  return (desc) => {
    const found = details.find(({ typeUrl }) => typeUrl.endsWith(`/${desc.typeName}`));
    return found && fromBinary(desc, found.value);
  };
}

function anyOf(bytes: Uint8Array): Pick<Any, 'typeUrl' | 'value'> {
  const [type = new Uint8Array()] = fieldsOf(bytes, 1);
  const [value = new Uint8Array()] = fieldsOf(bytes, 2);
  return { typeUrl: Buffer.from(type).toString(), value };
}

function fieldsOf(bytes: Uint8Array, wanted: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted) found.push(reader.bytes());
    else reader.skip(wireType, field);
  }
  return found;
}
