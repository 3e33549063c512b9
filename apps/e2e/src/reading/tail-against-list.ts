// Writers, and subscribers that come and go, while the aggregator is killed; then every subscriber is held against the
// list: the same events at the same positions in the same order, each once.
import { createOncelogClient, create, type Event, EventSchema } from '@oncelog/client';
import { stablePort } from '@oncelog/testing';
import { createSeededRandom, type SeededRandom } from '../crash/seeded-random.ts';
import { type AggregatorProcess, launchAggregator, type LaunchOptions } from '../launch/aggregator-process.ts';
import { RoamingSubscriber } from './roaming-subscriber.ts';

const batchEventsMax = 200;
/** The aggregator is back within a second or two. */
const retry = { attemptsMax: 200, totalMs: 30_000 };

export interface TailAgainstListOptions {
  readonly dataDir: string;
  readonly events: number;
  readonly writers: number;
  readonly subscribers: number;
  /** How often the aggregator is killed, evenly over the events. */
  readonly kills: number;
  readonly seed: number;
  readonly launch?: LaunchOptions;
}

export interface TailAgainstListReport {
  /** "position event_id", in the order of the list. */
  readonly listed: readonly string[];
  readonly subscribers: readonly RoamingSubscriber[];
  readonly seconds: number;
}

/** Makes an aggregator show some positions after later ones. */
export function positionsOutOfOrder(): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import=${new URL('./positions-out-of-order.ts', import.meta.url).href}` };
}

export async function runTailAgainstList(options: TailAgainstListOptions): Promise<TailAgainstListReport> {
  const { dataDir, events, writers, subscribers: count, kills, seed, launch = {} } = options;
  const startMs = performance.now();
  const port = await stablePort();
  let aggregator = await launchAggregator({ ...launch, dataDir, port });
  const random = createSeededRandom(seed);
  const published = new AbortController();
  const subscribers = Array.from({ length: count }, () => new RoamingSubscriber(random, () => aggregator));
  const roaming = Promise.all(subscribers.map((subscriber) => subscriber.roam(published.signal)));

  let left = events;
  let killsLeft = kills;
  let restarting = Promise.resolve();
  const restart = async (before: Promise<void>): Promise<void> => {
    await before;
    await aggregator.end('SIGKILL');
    aggregator = await launchAggregator({ ...launch, dataDir, port });
  };
  const takeBatch = (): number => {
    const size = Math.min(left, 1 + random.below(batchEventsMax));
    left -= size;
    if (killsLeft > 0 && left < (events * killsLeft) / (kills + 1)) {
      killsLeft -= 1;
      restarting = restart(restarting);
    }
    return size;
  };
  await Promise.all(Array.from({ length: writers }, (_, index) => write(aggregator, `w${index}`, takeBatch, random)));
  await restarting;
  published.abort();
  await roaming;
  const listed = await listAll(aggregator);
  await aggregator.end('SIGTERM');
  return { listed, subscribers, seconds: (performance.now() - startMs) / 1000 };
}

async function write(
  { target }: AggregatorProcess,
  name: string,
  takeBatch: () => number,
  random: SeededRandom,
): Promise<void> {
  const client = await createOncelogClient({ target, retry });
  for (let sent = 0, size = takeBatch(); size > 0; sent += size, size = takeBatch()) {
    const batch = Array.from({ length: size }, (_, index) => eventOf(`${name}-${sent + index}`, random));
    await client.publish(batch);
  }
  client.close();
}

function eventOf(eventId: string, random: SeededRandom): Event {
  const value = Buffer.from(JSON.stringify({ id: eventId }));
  const topic = `topic-${random.below(20)}`;
  return create(EventSchema, { topic, eventId, content: { case: 'data', value }, contentType: 'application/json' });
}

async function listAll({ target }: AggregatorProcess): Promise<string[]> {
  const client = await createOncelogClient({ target });
  const listed: string[] = [];
  for await (const { event, position } of client.listEvents({ pageSize: 1000 })) {
    listed.push(`${position} ${event!.eventId}`);
  }
  client.close();
  return listed;
}
