// A page that follows the log while the aggregator is ended and started again, held against the list.
import { join } from 'node:path';
import { createOncelogClient, newEvent, type OncelogClient } from '@oncelog/client';
import type { Page } from 'playwright-core';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { stablePort } from '../launch/stable-port.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';

const batchEvents = 5;
/** Stored before the page comes, then shown before the aggregator ends, then shown after it is back. */
const eventsEach = 300;
/** The aggregator is back within a second or two. */
const retry = { attemptsMax: 200, totalMs: 30_000 };

export interface FollowedRestart {
  /** "position event_id", as the page shows them. */
  readonly shown: readonly string[];
  readonly listed: readonly string[];
}

export interface FollowedRestartOptions {
  readonly page: Page;
  /** Where the page is, for an aggregator and a topic. */
  readonly url: (target: string, topic: string) => string;
  readonly origin: string;
  readonly signal: NodeJS.Signals;
}

export async function followRestart({ page, url, origin, signal }: FollowedRestartOptions): Promise<FollowedRestart> {
  using folder = temporaryFolder();
  const port = await stablePort();
  const launch = () => launchAggregator({ dataDir: join(folder.path, 'data'), port, args: ['--cors-origins', origin] });
  let aggregator = await launch();
  const client = await createOncelogClient({ target: aggregator.target, retry });
  const publisher = new Publisher(client);
  try {
    while (publisher.published < eventsEach) await publisher.publishBatch();
    await page.goto(url(aggregator.url, publisher.topic));
    await page.getByText('live', { exact: true }).waitFor();

    const publishing = publisher.publishUntilStopped();
    await isShown(page, publisher.published + eventsEach);
    await aggregator.end(signal);
    await page.getByText('connecting again').waitFor();
    aggregator = await launch();
    await isShown(page, publisher.published + eventsEach);
    publisher.stop();
    await publishing;

    const listed = await publisher.listAll();
    await page.getByText(listed.at(-1)!, { exact: true }).waitFor();
    return { shown: await page.locator('li').allTextContents(), listed };
  } finally {
    publisher.stop();
    client.close();
    await endQuietly(aggregator);
  }
}

async function isShown(page: Page, count: number): Promise<void> {
  await page
    .locator('li')
    .nth(count - 1)
    .waitFor({ state: 'attached' });
}

async function endQuietly(aggregator: AggregatorProcess): Promise<void> {
  await aggregator.end('SIGKILL');
}

class Publisher {
  readonly topic = 'orders';
  published = 0;
  #stopped = false;
  readonly #client: OncelogClient;

  constructor(client: OncelogClient) {
    this.#client = client;
  }

  async publishBatch(): Promise<void> {
    const events = Array.from({ length: batchEvents }, (_, index) =>
      newEvent({ topic: this.topic, eventId: `order-${this.published + index}` }),
    );
    await this.#client.publish(events);
    this.published += batchEvents;
  }

  async publishUntilStopped(): Promise<void> {
    while (!this.#stopped) await this.publishBatch();
  }

  stop(): void {
    this.#stopped = true;
  }

  async listAll(): Promise<string[]> {
    const listed: string[] = [];
    for await (const { event, position } of this.#client.listEvents({ topic: this.topic, pageSize: 1000 })) {
      listed.push(`${position} ${event!.eventId}`);
    }
    return listed;
  }
}
