// Addresses by script: what each answers when it is asked, what calls and streams to it do, and how many it got.
import { create } from '@bufbuild/protobuf';
import { Health, PublishResponseSchema } from '@oncelog/protocol';
import { cancelledCall, OncelogClientError } from '../failures/client-error.ts';
import { wireOver } from '../wires/addresses-wire.ts';
import { parseTargets } from '../wires/target.ts';
import type { CallOptions, ServerStreamOptions, SessionOptions, Wire } from '../wires/wire.ts';

export interface ScriptedAddress {
  health: 'ready' | 'not ready' | 'gone' | 'silent';
  /** How long it takes to say so. */
  healthMs: number;
  /** What a call fails with. */
  call?: OncelogClientError | Promise<never> | undefined;
  asked: number;
  /** What each call was given. */
  readonly timeouts: number[];
  /** Streams and sessions that are open. */
  streams: number;
}

/** a0, a1, … in their order. */
export function scriptedAddresses(...health: ScriptedAddress['health'][]): { places: ScriptedAddress[]; wire: Wire } {
  const places = health.map((each): ScriptedAddress => ({
    health: each,
    healthMs: 0,
    asked: 0,
    timeouts: [],
    streams: 0,
  }));
  const targets = parseTargets(places.map((_, place) => `a${place}:1`));
  const wire = wireOver(targets, ({ authority }) => scriptedWire(places[Number(authority.slice(1, -2))]!));
  return { places, wire };
}

function scriptedWire(address: ScriptedAddress): Wire {
  async function ask({ timeoutMs, signal }: CallOptions) {
    address.asked += 1;
    if (address.health === 'gone') throw new OncelogClientError('UNREACHABLE', 'connect ECONNREFUSED');
    if (address.health === 'silent') await silence(timeoutMs, signal);
    // clock: the test's own, which stands still.
    if (address.healthMs > 0) await new Promise((resolve) => setTimeout(resolve, address.healthMs));
    return create(Health.method.check.output, { status: address.health === 'ready' ? 1 : 2 });
  }
  async function publish(_: unknown, { timeoutMs }: CallOptions) {
    address.timeouts.push(timeoutMs);
    if (address.call) throw await address.call;
    return create(PublishResponseSchema, {});
  }
  const unary = (method: unknown, input: unknown, options: CallOptions) =>
    method === Health.method.check ? ask(options) : publish(input, options);
  async function* serverStream(_: unknown, __: unknown, { signal }: ServerStreamOptions) {
    address.streams += 1;
    try {
      yield undefined;
      await silence(2 ** 30, signal);
    } finally {
      address.streams -= 1;
    }
  }
  function openSession({ onAnswer }: SessionOptions) {
    const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
    address.streams += 1;
    void Promise.resolve().then(() => onAnswer({ outcomes: [], windowEvents: 1000 }));
    const end = (tell: () => void) => {
      address.streams -= 1;
      tell();
    };
    const cancelled = new OncelogClientError('UNREACHABLE', 'as some transports say of what they cancel themselves');
    return {
      ended,
      write: async () => {},
      end: () => end(resolve),
      cancel: () => end(() => reject(cancelled)),
    };
  }
  return { unary, publish, serverStream, openSession, close: () => {} } as unknown as Wire;
}

function silence(timeoutMs: number, signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    // clock: the test's own, which stands still.
    setTimeout(() => reject(new OncelogClientError('TIMED_OUT', `no answer within ${timeoutMs} ms`)), timeoutMs);
    const leave = () => reject(cancelledCall(signal?.reason));
    if (signal?.aborted) leave();
    signal?.addEventListener('abort', leave);
  });
}
