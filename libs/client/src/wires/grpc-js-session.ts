// A session over native gRPC.
import { create } from '@bufbuild/protobuf';
import { type Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import {
  type Event,
  EventLogService,
  PublishSessionRequestSchema,
  type PublishSessionResponse,
} from '@oncelog/protocol';
import { clientErrorOf, definitionOf } from './grpc-js-call.ts';
import { sessionAnswerOf } from '../publishing/session-answer.ts';
import type { SessionCall, SessionOptions } from './wire.ts';

export function openGrpcJsSession(client: Client, { onAnswer }: SessionOptions): SessionCall {
  const { path, serialize, deserialize } = definitionOf(EventLogService.method.publishSession);
  // Without a deadline: a session lasts as long as there is something to publish.
  const call = client.makeBidiStreamRequest(path, serialize, deserialize, new Metadata(), {});
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => {});
  let isOver = false;
  let goOn = () => {};
  const settle = (tell: () => void) => {
    isOver = true;
    tell();
    goOn();
  };
  call.on('data', (response: PublishSessionResponse) => onAnswer(sessionAnswerOf(response)));
  call.on('drain', () => goOn());
  call.on('error', (error: ServiceError) => settle(() => reject(clientErrorOf(error, undefined, undefined))));
  call.on('end', () => settle(resolve));
  return {
    ended,
    async write(events) {
      if (isOver || call.write(create(PublishSessionRequestSchema, { events: events as Event[] }))) return;
      await new Promise<void>((settled) => (goOn = settled));
    },
    end: () => void call.end(),
    cancel: () => call.cancel(),
  };
}
