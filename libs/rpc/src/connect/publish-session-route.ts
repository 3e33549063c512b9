// PublishSession over gRPC, gRPC-Web and Connect.
import { create } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import { type Limits, type NewEvent, summarize } from '@oncelog/core';
import {
  type PublishSessionRequest,
  type PublishSessionResponse,
  PublishSessionResponseSchema,
} from '@oncelog/protocol';
import type { EventLog } from '../handlers/event-log.ts';
import { publishSession } from '../handlers/publish-session.ts';
import type { SessionAnswer } from '../handlers/session-publisher.ts';
import { eventsFromProto } from './event-from-proto.ts';
import { outcomeToProto, summaryToProto } from './outcome-to-proto.ts';
import { type RefusedMessages, refusedMessages } from './refused-messages.ts';
import { statusToProto } from './status-to-proto.ts';

export async function* publishSessionRoute(
  { ingest, limits, state }: Pick<EventLog, 'ingest' | 'limits' | 'state'>,
  requests: AsyncIterable<PublishSessionRequest>,
  { signal, values }: Pick<HandlerContext, 'signal' | 'values'>,
): AsyncGenerator<PublishSessionResponse, void, undefined> {
  const answers = publishSession(ingest, readings(requests, values.get(refusedMessages), limits), {
    eventsMax: limits.requestEventsMax,
    readerStallMs: limits.readerStallMs,
    signal,
    onRefused: () => void (state.refusedRequests += 1),
  });
  for await (const answer of answers) yield sessionAnswerToProto(answer);
}

async function* readings(
  requests: AsyncIterable<PublishSessionRequest>,
  refused: RefusedMessages,
  { jsonDepthMax }: Limits,
): AsyncIterable<() => NewEvent[]> {
  let place = 0;
  for await (const { events } of requests) {
    const refusal = refused.get(place);
    refused.delete(place);
    place += 1;
    yield () => {
      if (refusal) throw refusal;
      return eventsFromProto(events, jsonDepthMax);
    };
  }
}

export function sessionAnswerToProto({ outcomes, failure, windowEvents = 0 }: SessionAnswer): PublishSessionResponse {
  return create(PublishSessionResponseSchema, {
    windowEvents,
    ...(outcomes && { outcomes: outcomes.map(outcomeToProto), summary: summaryToProto(summarize(outcomes)) }),
    ...(failure && { failure: statusToProto(failure) }),
  });
}
