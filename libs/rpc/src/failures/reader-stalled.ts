// A reader that takes nothing of its answer: what waits for it would hold memory for ever.
import { OncelogError } from '@oncelog/core';

export function readerStalled(limitMs: number): OncelogError {
  const description = `has taken nothing for ${limitMs / 1000} s; read while the answer comes, or ask again`;
  return new OncelogError('READER_STALLED', `reader: ${description}`, {
    violations: [{ field: 'reader', description, limit: limitMs }],
  });
}
