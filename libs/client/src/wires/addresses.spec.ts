import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OncelogClientError } from '../failures/client-error.ts';
import { type ScriptedAddress, scriptedAddresses } from '../testing/scripted-addresses.ts';
import type { Wire } from './wire.ts';

const options = { timeoutMs: 10_000 };
const gone = new OncelogClientError('UNREACHABLE', 'read ECONNRESET');

let places: ScriptedAddress[];
let wire: Wire;

function open(...health: ScriptedAddress['health'][]): void {
  ({ places, wire } = scriptedAddresses(...health));
}

const publish = () => wire.publish([], options);
const failure = () =>
  publish().then(
    () => undefined,
    (error: unknown) => error as OncelogClientError,
  );
const calls = () => places.map(({ timeouts }) => timeouts.length);
const asked = () => places.map((each) => each.asked);

async function publishMany(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await publish();
}

/** Which of them gets the next one is not known. */
async function publishUntilOneFails(): Promise<void> {
  for (let n = 0; n < places.length; n += 1) if (await failure()) return;
  throw new Error('none failed');
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  wire.close();
  vi.useRealTimers();
});

describe('several addresses', () => {
  it('get calls in turn, from the first one on', async () => {
    open('ready', 'ready', 'ready');
    await publishMany(30);
    expect(calls()).toEqual([10, 10, 10]);
    expect(asked()).toEqual([1, 1, 1]);
  });

  it('are asked before they get calls, and get none when they are not there or not ready', async () => {
    open('gone', 'ready', 'not ready');
    await publishMany(10);
    expect(calls()).toEqual([0, 10, 0]);
  });

  it('are asked once for all calls that wait', async () => {
    open('ready', 'ready');
    await Promise.all(Array.from({ length: 20 }, publish));
    expect(calls()).toEqual([10, 10]);
    expect(asked()).toEqual([1, 1]);
  });

  it('are not waited for when another has answered for a tenth of a second', async () => {
    open('silent', 'ready');
    const publishing = publish();
    await vi.advanceTimersByTimeAsync(99);
    expect(calls()).toEqual([0, 0]);
    await vi.advanceTimersByTimeAsync(1);
    await publishing;
    expect(calls()).toEqual([0, 1]);
  });

  it('fail together after two seconds at most, each with its reason, and nothing is sent', async () => {
    open('gone', 'silent');
    const failing = failure();
    await vi.advanceTimersByTimeAsync(2000);
    expect(await failing).toMatchObject({
      code: 'UNREACHABLE',
      outcome: 'none',
      elsewhere: undefined,
      message: 'no address answers: a0:1: connect ECONNREFUSED; a1:1: no answer within 2000 ms',
    });
    expect(calls()).toEqual([0, 0]);
  });

  it('are waited for no longer than a call may take', async () => {
    open('silent', 'silent');
    const failing = wire.publish([], { timeoutMs: 300 }).then(undefined, (error: unknown) => error);
    await vi.advanceTimersByTimeAsync(300);
    expect(await failing).toMatchObject({
      code: 'TIMED_OUT',
      outcome: 'none',
      message: 'no answer within 0.3 s from a0:1, a1:1',
    });
  });

  it('take the time that a call waits for one from the time of the call', async () => {
    open('ready', 'gone');
    places[0]!.healthMs = 200;
    const publishing = wire.publish([], { timeoutMs: 300 });
    await vi.advanceTimersByTimeAsync(200);
    await publishing;
    expect(places[0]!.timeouts).toEqual([100]);
    await wire.publish([], { timeoutMs: 300 });
    expect(places[0]!.timeouts).toEqual([100, 300]);
  });

  it('answer for themselves when none is ready', async () => {
    open('not ready', 'gone');
    places[0]!.call = new OncelogClientError('SHUTTING_DOWN', 'stops', { retryAfterMs: 7 });
    expect(await failure()).toMatchObject({
      code: 'SHUTTING_DOWN',
      message: 'a0:1: stops',
      retryAfterMs: 7,
      elsewhere: 0,
    });
  });

  it('are all asked again when none is left, also those that rest', async () => {
    open('gone', 'gone', 'gone');
    await failure();
    places[2]!.health = 'ready';
    await publish();
    expect(asked()).toEqual([2, 2, 2]);
    expect(calls()).toEqual([0, 0, 1]);
  });

  it('take nothing more when the client is closed', async () => {
    open('silent', 'silent');
    const failing = failure();
    wire.close();
    expect(await failing).toMatchObject({ code: 'CANCELLED', message: 'the client is closed' });
    expect(await failure()).toMatchObject({ code: 'CANCELLED', message: 'the client is closed' });
  });

  it('let go of a caller that gives up while they are asked', async () => {
    open('silent', 'silent');
    const leaving = new AbortController();
    const failing = wire.publish([], { ...options, signal: leaving.signal }).then(undefined, (error: unknown) => error);
    leaving.abort();
    expect(await failing).toMatchObject({ code: 'CANCELLED', outcome: 'none' });
  });
});

describe('an address that fails', () => {
  it.each(['UNREACHABLE', 'STORE_UNAVAILABLE', 'SHUTTING_DOWN'] as const)(
    'with %s rests, and says that there is another',
    async (code) => {
      open('ready', 'ready', 'ready');
      await publishMany(3);
      places[1]!.call = new OncelogClientError(code, 'no', { outcome: 'unknown' });
      const failures = [await failure(), await failure(), await failure()].filter((each) => each !== undefined);
      expect(failures).toMatchObject([{ code, message: 'a1:1: no', outcome: 'unknown', elsewhere: 2 }]);
      await publishMany(10);
      expect(calls()[1]).toBe(2);
    },
  );

  it('costs nothing while it rests, and is asked aside when it has rested', async () => {
    open('ready', 'ready');
    await publishMany(2);
    places[0]!.call = gone;
    places[0]!.health = 'silent';
    await publishUntilOneFails();
    await publishMany(10);
    expect(asked()).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(250);
    // Answered at once, by the other.
    await publishMany(10);
    expect(asked()).toEqual([2, 1]);
  });

  it('rests longer with every failure, from a quarter of a second to five seconds', async () => {
    open('gone', 'ready');
    const rests: number[] = [];
    let [from, before] = [performance.now(), 1];
    await publish();
    while (rests.length < 8) {
      await vi.advanceTimersByTimeAsync(5);
      await publish();
      if (asked()[0] === before) continue;
      rests.push(performance.now() - from);
      [from, before] = [performance.now(), asked()[0]!];
    }
    for (const [place, longest] of [250, 500, 1000, 2000, 4000, 5000, 5000, 5000].entries()) {
      expect(rests[place]).toBeGreaterThanOrEqual(longest / 2);
      expect(rests[place]).toBeLessThanOrEqual(longest + 5);
    }
  });

  it('rests shortly again when it has been up for long', async () => {
    open('gone', 'ready');
    for (let n = 0; n < 40; n += 1) {
      await publish();
      await vi.advanceTimersByTimeAsync(500);
    }
    places[0]!.health = 'ready';
    await publish();
    await vi.advanceTimersByTimeAsync(20_000);
    await publishMany(2);
    places[0]!.call = gone;
    await publishUntilOneFails();
    const before = asked()[0]!;
    await vi.advanceTimersByTimeAsync(250);
    await publish();
    expect(asked()[0]).toBe(before + 1);
  });

  it('gets calls again when it answers', async () => {
    open('gone', 'ready');
    await publishMany(5);
    places[0]!.health = 'ready';
    await vi.advanceTimersByTimeAsync(250);
    await publishMany(21);
    expect(calls()[0]).toBeGreaterThanOrEqual(9);
  });

  it('by its time is asked at once, and stays when it is only slow', async () => {
    open('ready', 'ready');
    await publishMany(2);
    places[0]!.call = new OncelogClientError('TIMED_OUT', 'no answer within 10 s');
    await publishUntilOneFails();
    places[0]!.call = undefined;
    expect(asked()).toEqual([2, 1]);
    const before = calls()[0]!;
    await publishMany(10);
    expect(calls()[0]! - before).toBe(5);
  });

  it('is not blamed for what is wrong with the call', async () => {
    open('ready', 'ready');
    const wrong = new OncelogClientError('RULE_BROKEN', 'is too long');
    for (const place of places) place.call = wrong;
    expect(await failure()).toBe(wrong);
    for (const place of places) place.call = undefined;
    await publishMany(10);
    expect(asked()).toEqual([1, 1]);
  });

  it('is not blamed for what began before it came back', async () => {
    open('ready', 'ready');
    const [late, both] = [Promise.withResolvers<never>(), [failure(), failure()]];
    for (const place of places) place.call = late.promise;
    await vi.waitFor(() => expect(calls()).toEqual([1, 1]));
    for (const place of places) place.call = gone;
    expect(await failure()).toMatchObject({ elsewhere: 1 });
    expect(await failure()).toMatchObject({ elsewhere: 0 });
    for (const place of places) place.call = undefined;
    await publish();
    expect(asked()).toEqual([2, 2]);
    late.reject(gone);
    await Promise.all(both);
    await publishMany(10);
    expect(asked()).toEqual([2, 2]);
  });
});
