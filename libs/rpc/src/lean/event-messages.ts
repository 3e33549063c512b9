// The events of a message: the plain way when it can, else the general one, which alone knows how to refuse.
import { fromBinary } from '@bufbuild/protobuf';
import type { Limits, NewEvent } from '@oncelog/core';
import { EventLogService, PublishRequestSchema } from '@oncelog/protocol';
import { eventsFromProto } from '../connect/event-from-proto.ts';
import { messageCheck } from '../connect/message-check.ts';
import { frameHeaderBytes } from '../frames/frame-splitter.ts';
import { PlainEventsReader } from './plain-events.ts';

/** A message that is checked already; its events may still break a rule of their own when they are built. */
export type CheckedMessage = readonly NewEvent[] | Uint8Array;

export interface EventMessages {
  /** Throws when the frame's bytes are no such message. */
  check(frame: Buffer): CheckedMessage;
  events(message: CheckedMessage): readonly NewEvent[];
}

export function eventMessages(limits: Limits): EventMessages {
  const reader = new PlainEventsReader(limits.requestEventsMax);
  // Both requests are laid out the same.
  const checkMessage = messageCheck(EventLogService.method.publish, false, limits);
  return {
    check(frame) {
      const plain = reader.read(frame, frameHeaderBytes);
      if (plain) return plain;
      const message = frame.subarray(frameHeaderBytes);
      checkMessage(message);
      return message;
    },
    events(message) {
      if (!(message instanceof Uint8Array)) return message;
      return eventsFromProto(fromBinary(PublishRequestSchema, message).events, limits.jsonDepthMax);
    },
  };
}
