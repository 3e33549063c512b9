// The demo's plot: two real processes, one crash, and a count of our own at the end.
import { join } from 'node:path';
import { stablePort } from '@oncelog/testing';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { type Finished, publisherMain, runNode } from '../launch/run-program.ts';
import { readStats, whenReceived } from '../launch/when-received.ts';
import { countEvents } from './count-events.ts';
import { grouped, type Story } from './story.ts';

const count = 5000;
const repeatRatio = 0.25;
const run = 'demo';
/** Slow enough that most of it is acknowledged before the kill. */
const eventsPerSecond = 1100;
const batch = 50;

/** The kill comes when this much has been received: two and a half seconds into the load. */
const killAfterRatio = 0.55;

export interface DemoOptions {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly story: Story;
}

/** What the publisher says of itself in its last line, as far as the story needs it. */
interface PublisherReport {
  readonly distinct: number;
  readonly resent: number;
  readonly broken_sessions: number;
  readonly verified: boolean | null;
}

/** Whether every event is stored exactly once. */
export async function runDemo({ folder, signal, story }: DemoOptions): Promise<boolean> {
  const dataDir = join(folder, 'data');
  story.title(`${grouped(count)} events, a quarter of them repeats, and a kill -9 in the middle`);
  const port = await stablePort();
  let aggregator = await launchAggregator({ dataDir, port });
  const { url } = aggregator;
  const end = new AbortController();
  try {
    story.moment(`an aggregator listens on ${url}, with an empty data directory`);
    const publishing = publish(aggregator, AbortSignal.any([signal, end.signal]));
    story.moment(`a publisher streams ${grouped(count)} events to it`);

    const received = await whenReceived({ aggregator, publishing, receivedMin: count * killAfterRatio, signal });
    await aggregator.end('SIGKILL');
    story.moment(`kill -9, with ${grouped(received)} events received: no goodbye, no flush`);
    aggregator = await launchAggregator({ dataDir, port });
    story.moment('the aggregator is back on the same data directory');

    const report = reportOf(await publishing, signal);
    story.moment(`the publisher has sent ${grouped(report.resent)} events again under the same ids, and read all back`);
    return await tellTheEnd(url, report, story);
  } finally {
    end.abort();
    await aggregator.end('SIGKILL');
  }
}

function publish({ target }: AggregatorProcess, signal: AbortSignal): Promise<Finished> {
  const load = { target, count, duplicates: repeatRatio, run, rate: eventsPerSecond, batch };
  const options = Object.entries(load).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return runNode(publisherMain, [...options, '--json', '--quiet'], { signal });
}

/** Also of a publisher that has found something missing: the end tells how much. */
function reportOf({ code, stdout, stderr }: Finished, signal: AbortSignal): PublisherReport {
  signal.throwIfAborted();
  const lastLine = stdout.trimEnd().split('\n').at(-1) ?? '';
  if (!lastLine.startsWith('{')) throw new Error(`the publisher ended with ${code} and without a report: ${stderr}`);
  const report = JSON.parse(lastLine) as PublisherReport;
  if (report.broken_sessions === 0) throw new Error('the kill came too late to disturb the publisher');
  return report;
}

/** Counts for itself, and does not take the publisher's or the server's word for it. */
async function tellTheEnd(url: string, { distinct, verified }: PublisherReport, story: Story): Promise<boolean> {
  const { received, unique_processed: unique, duplicate_dropped: dropped } = await readStats(url);
  const { found, twice } = await countEvents(url, (number) => `${run}-${number}`, distinct);
  const lost = distinct - found;
  story.moment('counted:\n');
  story.figure('sent', distinct, 'different events');
  story.figure('received', received, 'repeats and second attempts included');
  story.figure('dropped', dropped, 'already there');
  story.figure('stored', unique, 'each with a position of its own');
  const agreed = verified === true && unique === distinct && received === unique + dropped;
  const good = agreed && lost === 0 && twice === 0;
  if (!agreed) story.moment('the publisher or the counters do not agree with that');
  story.verdict(`${grouped(lost)} lost, ${grouped(twice)} twice`, good);
  return good;
}
