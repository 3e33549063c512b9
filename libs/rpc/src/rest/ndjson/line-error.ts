// What is wrong with one line, in the words of a failure: its fields are those of the line's event.
import { type Limits, OncelogError, violated } from '@oncelog/core';
import { renameFields } from '../../failures/rename-fields.ts';
import type { Line } from './line-splitter.ts';

/** The event of a line is the only one; where JSON bodies count theirs, its fields stand by themselves. */
const pathInBody = /^events\[0\](?:\.|$)/;

/** Rethrows what is no refusal of the line itself. */
export function lineError(error: unknown): OncelogError {
  const renamed = renameFields(error, (field) =>
    field === 'body' ? 'line' : field.replace(pathInBody, '') || 'event',
  );
  if (renamed instanceof OncelogError) return renamed;
  throw error;
}

export function lineTooLong({ size }: Line, { requestBytesMax: limit }: Limits): OncelogError {
  const description = `must be at most ${limit} bytes, is ${size}`;
  return violated('EVENT_TOO_LARGE', [{ field: 'line', description, limit, actual: size }]);
}
