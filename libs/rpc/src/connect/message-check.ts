// Reads a request's message against its method's descriptor before anything is built from it.
import type { DescMethod } from '@bufbuild/protobuf';
import type { Limits } from '@oncelog/core';
import { tooManyEvents } from '@oncelog/ingest';
import { checkJson } from './json-check.ts';
import { checkWire, type ElementLimit } from './wire-check.ts';

export type MessageCheck = (bytes: Uint8Array) => void;

export function messageCheck({ input }: DescMethod, json: boolean, limits: Limits): MessageCheck {
  const eventsField = input.fields.find(({ name, fieldKind }) => name === 'events' && fieldKind === 'list');
  const limit: ElementLimit | undefined = eventsField && {
    field: 'events',
    max: limits.requestEventsMax,
    refuse: (actual) => tooManyEvents(limits.requestEventsMax, Math.max(actual, limits.requestEventsMax + 1)),
  };
  return json ? (bytes) => checkJson(input, bytes, limit) : (bytes) => checkWire(input, bytes, limit);
}
