// Waiting for what a real server does in its own time.

/** Asks again and again until it is so; the test's own time ends what never will be. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  // clock: nothing tells when Redis has got there.
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** True when the call went well. */
export function works(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  );
}
