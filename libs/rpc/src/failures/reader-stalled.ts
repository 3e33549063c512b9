// A reader that takes nothing of its answer: what waits for it would hold memory for ever.
import { OncelogError } from '@oncelog/core';

/** `cursor` is where a subscriber goes on that has read all it was sent. */
export function readerStalled(limitMs: number, cursor?: string): OncelogError {
  const description = `has taken nothing for ${limitMs / 1000} s; read while the answer comes, or ask again`;
  return new OncelogError('READER_STALLED', `reader: ${description}`, {
    violations: [{ field: 'reader', description, limit: limitMs }],
    ...(cursor && { cursor }),
  });
}
