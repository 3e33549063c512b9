import { EventLogService } from '@oncelog/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OncelogClientError, timedOutCall } from '../failures/client-error.ts';
import { type ScriptedAddress, scriptedAddresses } from '../testing/scripted-addresses.ts';
import type { Wire } from './wire.ts';

const options = { timeoutMs: 10_000 };

let places: ScriptedAddress[];
let wire: Wire;

beforeEach(() => {
  vi.useFakeTimers();
  ({ places, wire } = scriptedAddresses('ready', 'ready'));
});

afterEach(() => {
  wire.close();
  vi.useRealTimers();
});

const streams = () => places.map((each) => each.streams);
const asked = () => places.map((each) => each.asked);

/** A stream of answers that is open, and how to leave it. */
async function subscribe(signal?: AbortSignal) {
  const answers = wire.serverStream(EventLogService.method.subscribe, {}, { signal })[Symbol.asyncIterator]();
  await answers.next();
  return answers;
}

async function openSession() {
  const opened = Promise.withResolvers<unknown>();
  const session = wire.openSession({ ...options, onAnswer: opened.resolve });
  session.ended.catch(() => {});
  await opened.promise;
  return session;
}

async function publishMany(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await wire.publish([], options);
}

describe('streams over several addresses', () => {
  it('are opened where there are the fewest, whatever calls are made in between', async () => {
    for (let n = 0; n < 6; n += 1) {
      await publishMany(1);
      await (n % 2 === 0 ? subscribe() : openSession());
    }
    expect(streams()).toEqual([3, 3]);
  });

  it('count no longer when they have ended', async () => {
    const first = await subscribe();
    const place = streams().indexOf(1);
    await subscribe();
    const third = await openSession();
    // The third may be beside the second.
    const [own, other] = [streams()[place]!, streams()[1 - place]!];
    await first.return!();
    third.end();
    await third.ended;
    expect(own + other).toBe(3);
    for (let n = 0; n < 5; n += 1) await openSession();
    expect(streams()).toEqual([3, 3]);
  });

  it('do not speak against their address when their owner ends them', async () => {
    const leaving = new AbortController();
    const subscription = await subscribe(leaving.signal);
    const left = subscription.next().then(undefined, (error: unknown) => error);
    leaving.abort();
    expect(await left).toMatchObject({ code: 'CANCELLED' });
    const session = await openSession();
    session.cancel();
    await expect(session.ended).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await publishMany(10);
    expect(places.map(({ timeouts }) => timeouts.length)).toEqual([5, 5]);
    expect(asked()).toEqual([1, 1]);
  });

  it('have their address asked when it does not answer them in time', async () => {
    const session = await openSession();
    const place = streams().indexOf(1);
    session.cancel(timedOutCall(10_000, undefined));
    await vi.waitFor(() => expect(asked()[place]).toBe(2));
    expect(asked()[1 - place]).toBe(1);
  });

  it('take their address out when nothing was heard from it', async () => {
    const leaving = new AbortController();
    const subscription = await subscribe(leaving.signal);
    const place = streams().indexOf(1);
    const left = subscription.next().then(undefined, (error: unknown) => error);
    leaving.abort(new OncelogClientError('UNREACHABLE', 'nothing heard for 25 s'));
    await left;
    await publishMany(10);
    expect(places[place]!.timeouts).toEqual([]);
  });

  it('are not opened any more once they are cancelled', async () => {
    for (const place of places) place.health = 'silent';
    const session = wire.openSession({ ...options, onAnswer: () => {} });
    session.cancel();
    await expect(session.ended).rejects.toMatchObject({ code: 'CANCELLED', outcome: 'none' });
    expect(streams()).toEqual([0, 0]);
  });
});
