// Waiting, with what Node and browsers share.

/** Resolves when the time is over or the signal is aborted, whichever comes first; never rejects. */
export function pause(waitMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      // A signal may outlive thousands of waits.
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, waitMs);
    signal?.addEventListener('abort', end, { once: true });
  });
}
