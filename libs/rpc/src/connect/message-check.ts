// Reads a request's message against its method's descriptor before anything is built from it.
import type { DescMethod } from '@bufbuild/protobuf';
import { type Limits, type OncelogError, violated } from '@oncelog/core';
import { tooManyEvents } from '@oncelog/ingest';
import { checkJson } from './json-check.ts';
import { checkWire, type ElementLimit } from './wire-check.ts';

export type MessageCheck = (bytes: Uint8Array) => void;

export function messageCheck({ input }: DescMethod, json: boolean, { requestEventsMax: max }: Limits): MessageCheck {
  const limit: ElementLimit = {
    max,
    refuse: (path, actual) => (path === 'events' ? tooManyEvents(max, actual) : tooManyElements(path, max, actual)),
  };
  return json ? (bytes) => checkJson(input, bytes, limit) : (bytes) => checkWire(input, bytes, limit);
}

/** No list of this contract is as long; a million of tiny elements would be dear to decode. */
function tooManyElements(field: string, limit: number, actual: number): OncelogError {
  return violated('RULE_BROKEN', [
    { field, description: `must hold at most ${limit}, holds ${actual}`, limit, actual },
  ]);
}
