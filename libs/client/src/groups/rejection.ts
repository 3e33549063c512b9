// What a rejection says: when the event may come again, and why it was rejected.

const delayMinMs = 1000;
const delayMaxMs = 5 * 60 * 1000;

/** The contract's bound, in UTF-8. */
const reasonBytesMax = 1024;

/** Doubles with each attempt; the second half of it is random, so that what failed together comes back apart. */
export function rejectDelayMs(attempt: number, random = Math.random): number {
  const bound = Math.min(delayMaxMs, delayMinMs * 2 ** (attempt - 1));
  return Math.round((bound / 2) * (1 + random()));
}

export function rejectReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(reasonBytesMax));
  return text.slice(0, read);
}
