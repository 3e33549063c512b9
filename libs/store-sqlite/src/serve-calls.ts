// The side of a thread that answers: one call after the other, in the order they were made.
import type { MessagePort } from 'node:worker_threads';
import type { OncelogError } from '@oncelog/core';
import { type Answer, type Call, type CallTable, type Failure, unaskedId } from './thread-calls.ts';

export interface Served<Result> {
  readonly result: Result;
  /** The buffers that are given away instead of copied. */
  readonly transfer?: readonly ArrayBuffer[];
}

export type Handlers<Calls extends CallTable> = {
  readonly [Name in keyof Calls]: (
    request: Calls[Name]['request'],
  ) => Served<Calls[Name]['result']> | Promise<Served<Calls[Name]['result']>>;
};

export interface ServingOptions {
  readonly errorOf: (error: unknown) => OncelogError;
  /** Whether the thread has given up for good. */
  readonly hasFailed?: () => boolean;
  /** What may wait until the answer is out. */
  readonly afterAnswer?: () => void;
}

export function serveCalls<Calls extends CallTable>(
  port: MessagePort,
  handlers: Handlers<Calls>,
  { errorOf, hasFailed = () => false, afterAnswer }: ServingOptions,
): void {
  let last = Promise.resolve();
  port.on('message', (call: Call) => {
    last = last.then(() => serve(call));
  });

  async function serve({ id, name, request }: Call): Promise<void> {
    const handler = handlers[name as keyof Calls];
    try {
      const { result, transfer } = await handler(request as never);
      port.postMessage({ id, result } satisfies Answer, transfer);
    } catch (error) {
      answerFailure(id, error);
    }
    try {
      afterAnswer?.();
    } catch (error) {
      answerFailure(unaskedId, error);
    }
    // Nothing comes after it: without a listener the thread ends by itself.
    if (name === 'close') port.close();
  }

  function answerFailure(id: number, error: unknown): void {
    const { code, message, outcome, retryAfterMs } = errorOf(error);
    const failure: Failure = { code, message, outcome, retryAfterMs, fatal: hasFailed() };
    port.postMessage({ id, failure } satisfies Answer);
  }
}
