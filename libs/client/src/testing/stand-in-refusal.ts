// How the stand-in says no: in the words, the codes and the details of the contract.
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PublishSummarySchema,
  QuotaFailureSchema,
  RetryInfoSchema,
} from '@oncelog/protocol';
import { type FailureCode, failureOf } from '../failures/failure-table.ts';

export interface StandInFailure {
  readonly code: FailureCode;
  readonly message?: string;
  readonly field?: string;
  readonly limit?: number;
  readonly actual?: number;
  readonly outcome?: 'none' | 'unknown';
  readonly retryAfterMs?: number;
  /** Where a reader can go on. */
  readonly cursor?: string;
}

export class Refusal extends Error {
  readonly failure: StandInFailure;

  constructor(failure: StandInFailure) {
    super(failure.message ?? failure.code);
    this.failure = failure;
  }
}

export function brokenRule(field: string, description: string): Refusal {
  return new Refusal({ code: 'RULE_BROKEN', field, message: `${field}: ${description}` });
}

/** Runs a handler whose refusals become answers. */
export function answered<T>(handle: () => T, committed?: () => MessageInitShape<typeof PublishSummarySchema>): T {
  try {
    return handle();
  } catch (error) {
    throw asAnswer(error, committed?.());
  }
}

/** The same for a handler that answers as a stream. */
export async function* answeredStream<T>(answers: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* answers;
  } catch (error) {
    throw asAnswer(error);
  }
}

export function asAnswer(error: unknown, committed?: MessageInitShape<typeof PublishSummarySchema>): unknown {
  return error instanceof Refusal ? connectErrorOf(error.failure, committed) : error;
}

type Detail = { desc: DescMessage; value: MessageInitShape<DescMessage> };

export function connectErrorOf(
  failure: StandInFailure,
  committed?: MessageInitShape<typeof PublishSummarySchema>,
): ConnectError {
  const { code, message = code, field, limit, actual, outcome = 'none', retryAfterMs, cursor } = failure;
  const { grpcCode, retryable } = failureOf(code);
  const metadata = Object.fromEntries(
    Object.entries({ outcome, field, limit, actual, cursor }).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, String(value)]],
    ),
  );
  const details: Detail[] = [{ desc: ErrorInfoSchema, value: { domain: 'oncelog', reason: code, metadata } }];
  const violation = { field: field ?? '', subject: field ?? '', description: message };
  if (field !== undefined && grpcCode === Code.InvalidArgument)
    details.push({ desc: BadRequestSchema, value: { fieldViolations: [violation] } });
  if (field !== undefined && grpcCode === Code.ResourceExhausted && !retryable)
    details.push({ desc: QuotaFailureSchema, value: { violations: [violation] } });
  if (retryAfterMs !== undefined)
    details.push({ desc: RetryInfoSchema, value: { retryDelay: durationFromMs(retryAfterMs) } });
  if (committed) details.push({ desc: PublishSummarySchema, value: committed });
  return new ConnectError(message, grpcCode, undefined, details);
}
