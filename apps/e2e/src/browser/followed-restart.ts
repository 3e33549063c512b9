// A page that follows the log while the aggregator is ended and started again, to be held against the list.
import { createOncelogClient, newEvent, type OncelogClient } from '@oncelog/client';
import type { Page } from 'playwright-core';
import { stablePort } from '@oncelog/testing';
import { launchAggregator } from '../launch/aggregator-process.ts';

const topic = 'orders';
const batchEvents = 5;
/** Stored before the page comes; shown before the aggregator ends; shown after it is back. */
const eventsEach = 100;
/** How far publishing runs ahead of the page: enough to be at it when the aggregator ends. */
const eventsAheadMax = 50;
/** The aggregator is back within a second or two. */
const retry = { attemptsMax: 200, totalMs: 30_000 };

export interface FollowedRestart {
  /** "position event_id", as the page shows them. */
  readonly shown: readonly string[];
  readonly listed: readonly string[];
}

export interface FollowRestartOptions {
  readonly page: Page;
  /** Where the page is that follows a topic of this aggregator. */
  readonly pageUrl: (following: { readonly target: string; readonly topic: string }) => string;
  readonly origin: string;
  readonly dataDir: string;
  readonly signal: NodeJS.Signals;
}

export async function followRestart(options: FollowRestartOptions): Promise<FollowedRestart> {
  const { page, pageUrl, origin, dataDir, signal } = options;
  const port = await stablePort();
  const launch = () => launchAggregator({ dataDir, port, args: ['--cors-origins', origin] });
  let aggregator = await launch();
  const client = await createOncelogClient({ target: aggregator.target, retry });
  let published = 0;
  let stopped = false;

  async function publishBatch(): Promise<void> {
    const numbers = Array.from({ length: batchEvents }, (_, index) => published + index);
    await client.publish(numbers.map((number) => newEvent({ topic, eventId: `order-${number}` })));
    published += batchEvents;
  }

  async function publishUntilStopped(): Promise<void> {
    for (; !stopped; await publishBatch()) await shows(published - eventsAheadMax);
  }

  async function shows(count: number): Promise<void> {
    const item = page.locator('li').nth(count - 1);
    await item.waitFor({ state: 'attached' });
  }

  try {
    while (published < eventsEach) await publishBatch();
    await page.goto(pageUrl({ target: aggregator.url, topic }));
    await page.getByText('live', { exact: true }).waitFor();

    const publishing = publishUntilStopped();
    // Thrown where it is waited for, unless something else has failed before.
    publishing.catch(() => {});
    await Promise.race([shows(2 * eventsEach), publishing]);
    await aggregator.end(signal);
    await page.getByText('connecting again').waitFor();
    aggregator = await launch();
    await page.getByText('live', { exact: true }).waitFor();
    await Promise.race([shows(published + eventsEach), publishing]);
    stopped = true;
    await publishing;

    const listed = await listAll(client);
    await page.getByText(listed.at(-1)!, { exact: true }).waitFor();
    return { shown: await page.locator('li').allTextContents(), listed };
  } finally {
    stopped = true;
    client.close();
    await aggregator.end('SIGKILL');
  }
}

async function listAll(client: OncelogClient): Promise<string[]> {
  const listed: string[] = [];
  for await (const { event, position } of client.listEvents({ topic, pageSize: 1000 })) {
    listed.push(`${position} ${event!.eventId}`);
  }
  return listed;
}
