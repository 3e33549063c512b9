// One wire over several addresses: each call goes to one that answers, each stream stays where it was opened.
import type { Reach } from './address.ts';
import { Addresses, type Choice, type TakeOptions } from './addresses.ts';
import { OncelogClientError } from '../failures/client-error.ts';
import type { Target } from './target.ts';
import type { CallOptions, Wire } from './wire.ts';

/** A single address has the wire itself. */
export function wireOver(targets: readonly Target[], open: (target: Target) => Wire, reach?: Reach): Wire {
  const [first, ...others] = targets;
  return first && others.length === 0 ? open(first) : wireOverAddresses(new Addresses(targets, open, reach));
}

function wireOverAddresses(addresses: Addresses): Wire {
  async function calling<T>(
    { timeoutMs, signal }: CallOptions,
    call: (wire: Wire, options: CallOptions) => Promise<T>,
  ): Promise<T> {
    const startedAtMs = performance.now();
    const choice = await addresses.take({ timeoutMs, signal });
    const leftMs = Math.max(1, Math.ceil(timeoutMs - (performance.now() - startedAtMs)));
    try {
      return await call(choice.address.wire, { timeoutMs: leftMs, signal });
    } catch (failure) {
      throw addresses.failed(choice, failure);
    }
  }

  return {
    publish: (events, options) => calling(options, (wire, left) => wire.publish(events, left)),
    unary: (method, input, options) => calling(options, (wire, left) => wire.unary(method, input, left)),
    async *serverStream(method, input, options) {
      const choice = await addresses.takeForStream(options);
      try {
        yield* choice.address.wire.serverStream(method, input, options);
      } catch (failure) {
        // Left because nothing was heard: to the address that is a failure, whatever it looks like here.
        if (isSilence(options.signal)) addresses.failed(choice, options.signal.reason);
        throw addresses.failed(choice, failure);
      } finally {
        addresses.leave(choice);
      }
    },
    openStream(options) {
      const { ended, use, cancel } = openOn(addresses, options, (wire) => wire.openStream(options));
      return {
        ended,
        // It fails when the call does, and `ended` knows what that says of the address.
        write: (events) => use((call) => call.write(events)).catch(async () => void (await ended)),
        finish: () =>
          use((call) => call.finish()).then(
            () => ended,
            () => ended,
          ),
        cancel,
      };
    },
    openSession(options) {
      const { ended, use, cancel } = openOn(addresses, { timeoutMs: options.timeoutMs }, (wire) =>
        wire.openSession(options),
      );
      return {
        ended,
        write: (events) => use((call) => call.write(events)).catch(() => {}),
        end: () => void use((call) => call.end()).catch(() => {}),
        cancel,
      };
    },
    close: () => addresses.close(),
  };
}

interface LongCall<T> {
  readonly ended: Promise<T>;
  cancel(cause?: unknown): void;
}

/** A call that is opened as soon as there is an address for it. What is done with it meanwhile waits, in order. */
function openOn<T, C extends LongCall<T>>(
  addresses: Addresses,
  { timeoutMs, signal }: TakeOptions,
  open: (wire: Wire) => C & LongCall<T>,
) {
  const cancelling = new AbortController();
  const anySignal = signal ? AbortSignal.any([signal, cancelling.signal]) : cancelling.signal;
  const opening = addresses
    .takeForStream({ timeoutMs, signal: anySignal })
    .then((choice) => ({ choice, call: open(choice.address.wire) }));

  async function end(): Promise<T> {
    const { choice, call } = await opening;
    try {
      return await call.ended;
    } catch (failure) {
      throw cancelling.signal.aborted ? failure : addresses.failed(choice, failure);
    } finally {
      addresses.leave(choice);
    }
  }

  const ended = end();
  ended.catch(() => {});
  return {
    ended,
    use: <R>(use: (call: C) => R | Promise<R>): Promise<R> => opening.then(({ call }) => use(call)),
    cancel(cause?: unknown) {
      cancelling.abort();
      const cancelCall = ({ choice, call }: { choice: Choice; call: C }) => {
        if (isTimeout(cause)) addresses.failed(choice, cause);
        call.cancel(cause);
      };
      opening.then(cancelCall, () => {});
    },
  };
}

function isSilence(signal: AbortSignal | undefined): signal is AbortSignal {
  return signal?.reason instanceof OncelogClientError;
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof OncelogClientError && cause.code === 'TIMED_OUT';
}
