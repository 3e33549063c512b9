import { join } from 'node:path';
import { create, createOncelogClient, type Event, EventSchema, type Outcome, OutcomeStatus } from '@oncelog/client';
import { stablePort } from '@oncelog/testing';
import { expect, it, onTestFinished } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';

const count = 50_000;
const publishers = ['p0', 'p1'] as const;
const countEach = count / publishers.length;
const batchEvents = 100;
/**
 * How many events are acknowledged, of both publishers together, when the aggregator is killed. None of them is at its
 * end by then, so that each kill breaks a session in the middle: that of the last acknowledgement at least.
 */
const killsAt = [4000, 9000, 14_000, 19_000, 24_000];
const testTimeoutMs = 120_000;

type Told = readonly { readonly id: string; readonly outcome: Outcome }[];

it.each(['grpc-js', 'connect'] as const)(
  'publishers of 50,000 events survive five kills -9 of the aggregator with each event stored once, in order (%s)',
  async (transport) => {
    const log = await killedAndRestarted();
    const runs = await Promise.all(publishers.map((name) => publishAll(name, transport, log)));
    expect(log.kills).toBe(killsAt.length);
    const total = (of: 'brokenSessions' | 'resent') => runs.reduce((sum, { progress }) => sum + progress[of], 0);
    expect(total('brokenSessions')).toBeGreaterThanOrEqual(killsAt.length);
    expect(total('resent')).toBeGreaterThan(0);

    const positions = await positionsBySource(log.target);
    for (const [index, name] of publishers.entries()) {
      const { progress, told, mayBeResent } = runs[index]!;
      const ids = Array.from({ length: countEach }, (_, number) => idOf(name, number));
      // Each id once, and in the order of sending: positions are listed as they rise.
      expect([...positions.get(name)!.keys()]).toEqual(ids);
      expect(told.map(({ id }) => id)).toEqual(ids);
      for (const { id, outcome } of told) expect(outcome.position).toBe(positions.get(name)!.get(id));
      expect(progress).toMatchObject({ acknowledged: { received: countEach, conflicts: 0 }, unconfirmed: 0 });
      expect(progress.sent).toBe(countEach + progress.resent);
      expect(progress.resent).toBeLessThanOrEqual(mayBeResent);
      // An event meets itself only when its answer was lost.
      const repeats = told.filter(({ outcome }) => outcome.status === OutcomeStatus.DUPLICATE);
      expect(repeats.length).toBeLessThanOrEqual(progress.resent);
    }
  },
  testTimeoutMs,
);

function idOf(publisher: string, number: number): string {
  return `${publisher}-${number}`;
}

/** An aggregator that is killed whenever enough events are acknowledged, and comes back on the same port. */
async function killedAndRestarted() {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const options = { dataDir: join(folder.path, 'data'), port: await stablePort() };
  let aggregator: AggregatorProcess = await launchAggregator(options);
  let restarting: Promise<unknown> = Promise.resolve();
  onTestFinished(async () => {
    await restarting;
    await aggregator.end('SIGKILL');
  });
  let isUp = true;
  const restart = async () => {
    await aggregator.end('SIGKILL');
    aggregator = await launchAggregator(options);
    isUp = true;
  };
  let acknowledged = 0;
  let kills = 0;
  return {
    target: aggregator.target,
    get kills() {
      return kills;
    },
    acknowledge(events: number): void {
      acknowledged += events;
      if (!isUp || acknowledged < (killsAt[kills] ?? Number.POSITIVE_INFINITY)) return;
      kills += 1;
      isUp = false;
      restarting = restart();
    },
  };
}

async function publishAll(
  name: string,
  transport: 'grpc-js' | 'connect',
  log: Awaited<ReturnType<typeof killedAndRestarted>>,
) {
  const client = await createOncelogClient({
    target: log.target,
    transport,
    retry: { attemptsMax: 1000, totalMs: 60_000 },
  });
  onTestFinished(() => client.close());
  const told: { id: string; outcome: Outcome }[] = [];
  let mayBeResent = 0;
  let brokenSessions = 0;
  const progress = await client.publishSession(batchesOf(name), {
    onProgress(current) {
      if (current.brokenSessions === brokenSessions) return;
      brokenSessions = current.brokenSessions;
      mayBeResent += current.unconfirmed;
    },
    onOutcomes(events, outcomes) {
      for (const [place, outcome] of outcomes.entries()) told.push({ id: events[place]!.eventId, outcome });
      log.acknowledge(events.length);
    },
  });
  return { progress, told: told as Told, mayBeResent };
}

function* batchesOf(name: string): Generator<Event[], void, undefined> {
  for (let start = 0; start < countEach; start += batchEvents) {
    yield Array.from({ length: batchEvents }, (_, place) =>
      create(EventSchema, {
        topic: 'orders',
        eventId: idOf(name, start + place),
        source: name,
        content: { case: 'data', value: Buffer.from(`{"number":${start + place}}`) },
        contentType: 'application/json',
      }),
    );
  }
}

async function positionsBySource(target: string): Promise<Map<string, Map<string, bigint>>> {
  const client = await createOncelogClient({ target });
  onTestFinished(() => client.close());
  const bySource = new Map<string, Map<string, bigint>>(publishers.map((name) => [name, new Map()]));
  for await (const { event, position } of client.listEvents({ pageSize: 1000 })) {
    const { source, eventId } = event!;
    expect(bySource.get(source)!.has(eventId)).toBe(false);
    bySource.get(source)!.set(eventId, position);
  }
  return bySource;
}
