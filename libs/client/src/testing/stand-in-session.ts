// A session as the aggregator holds it: the window first, then an answer to every message, refusals among them.
import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import {
  type Event,
  type PublishResponse,
  type PublishSessionRequest,
  type PublishSessionResponse,
  PublishSessionResponseSchema,
  StatusSchema,
} from '@oncelog/protocol';
import { connectErrorOf, Refusal, type StandInFailure } from './stand-in-refusal.ts';

const windowEvents = 16_000;
const refusedAlone = new Set(['RULE_BROKEN', 'TOO_MANY_EVENTS', 'EVENT_TOO_LARGE']);

export async function* standInSession(
  requests: AsyncIterable<PublishSessionRequest>,
  publish: (events: readonly Event[]) => PublishResponse,
  isSilent: () => boolean,
): AsyncGenerator<PublishSessionResponse, void, undefined> {
  yield create(PublishSessionResponseSchema, { windowEvents });
  for await (const { events } of requests) {
    if (isSilent()) await new Promise(() => {});
    yield answerTo(() => publish(events));
  }
}

function answerTo(publish: () => PublishResponse): PublishSessionResponse {
  try {
    const { outcomes, summary } = publish();
    return create(PublishSessionResponseSchema, { outcomes, ...(summary && { summary }) });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (!refusedAlone.has(error.failure.code)) throw connectErrorOf(error.failure);
    return create(PublishSessionResponseSchema, { failure: statusOf(error.failure) });
  }
}

function statusOf(failure: StandInFailure) {
  const { code, rawMessage, details } = connectErrorOf(failure);
  return create(StatusSchema, {
    code,
    message: rawMessage,
    details: details.flatMap((detail) =>
      'desc' in detail ? [anyPack(detail.desc, create(detail.desc, detail.value))] : [],
    ),
  });
}
