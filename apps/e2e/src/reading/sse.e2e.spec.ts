import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { stablePort } from '@oncelog/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { cleanEnvironment } from '../launch/clean-environment.ts';
import { hasTool } from '../launch/required-tool.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { readServerSentEvents } from '../transports/server-sent-events.ts';

const browserPath = '/usr/bin/chromium';
const hasBrowser = hasTool('chromium', existsSync(browserPath) ? undefined : `there is no ${browserPath}`);

interface Listed {
  readonly event_id: string;
  readonly position: number;
}

/** An aggregator whose log and port outlive it. */
async function lastingAggregator() {
  const folder = temporaryFolder();
  const port = await stablePort();
  let aggregator: AggregatorProcess;
  onTestFinished(async () => {
    await aggregator.end('SIGKILL');
    folder[Symbol.dispose]();
  });
  const launch = async () => (aggregator = await launchAggregator({ port, dataDir: join(folder.path, 'data') }));
  return { launch, url: `http://127.0.0.1:${port}` };
}

/** One call an event, until the aggregator is gone; resolves with how many were acknowledged. */
async function publishUntilKilled(url: string, first: number): Promise<number> {
  for (let count = 0; ; count += 1) {
    const body = JSON.stringify({ topic: 'orders', event_id: `e${first + count}`, payload: { n: first + count } });
    const sent = fetch(`${url}/publish`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const ok = await sent.then((response) => response.ok).catch(() => false);
    if (!ok) return count;
  }
}

/** What `curl -N` shows, event by event, as a reader takes it that keeps only whole ones. */
class Curl {
  readonly seen: Listed[] = [];
  lastId = '';
  readonly #child: ChildProcess;
  readonly done: Promise<void>;

  constructor(url: string, lastId: string) {
    const resume = lastId === '' ? [] : ['-H', `Last-Event-ID: ${lastId}`];
    this.#child = spawn('curl', ['-sN', ...resume, url], {
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.done = this.#read();
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  async #read(): Promise<void> {
    for await (const { name, data, id } of readServerSentEvents(this.#child.stdout!)) {
      this.lastId = id;
      if (name === 'message' && data !== undefined) this.seen.push(JSON.parse(data) as Listed);
    }
  }

  async sees(count: number): Promise<void> {
    while (this.seen.length < count) {
      const ended = this.done.then(() => expect.fail(`curl ended after ${this.seen.length} of ${count} events`));
      await Promise.race([once(this.#child.stdout!, 'data'), ended]);
    }
  }
}

async function listed(url: string): Promise<Listed[]> {
  return (await (await fetch(`${url}/events?limit=10000`)).json()) as Listed[];
}

const placesOf = (events: readonly Listed[]) => events.map(({ event_id: id, position }) => `${position} ${id}`);

describe('curl -N', () => {
  it('follows the log and resumes by Last-Event-ID over kills of the aggregator, without gap or repeat', async () => {
    const { launch, url } = await lastingAggregator();
    const seen: Listed[] = [];
    let [lastId, published] = ['', 0];
    for (let kill = 0; kill < 4; kill += 1) {
      const aggregator = await launch();
      const curl = new Curl(`${url}/subscribe?topic_prefix=ord`, lastId);
      const publishing = publishUntilKilled(url, published);
      await curl.sees(50);
      await aggregator.end('SIGKILL');
      // One more may be stored without an answer: the next round publishes it again, as a duplicate.
      published += await publishing;
      await curl.done;
      seen.push(...curl.seen);
      ({ lastId } = curl);
    }
    await launch();
    const rest = new Curl(`${url}/subscribe?until=end`, lastId);
    await rest.done;
    seen.push(...rest.seen);
    expect(published).toBeGreaterThan(200);
    expect(placesOf(seen)).toEqual(placesOf(await listed(url)));
  });

  it('is told the end of a stream when the aggregator is stopped, and where to go on', async () => {
    const { launch, url } = await lastingAggregator();
    const aggregator = await launch();
    const response = await fetch(`${url}/subscribe`);
    const events = readServerSentEvents(response.body!);
    while ((await events.next()).value?.name !== 'caught-up');
    const exit = aggregator.end('SIGTERM');
    expect((await events.next()).value).toMatchObject({
      name: 'failure',
      data: expect.stringContaining('SHUTTING_DOWN'),
    });
    expect((await events.next()).done).toBe(true);
    expect(await exit).toEqual({ code: 0, signal: null });
  });
});

describe.runIf(hasBrowser)("a browser's EventSource", () => {
  it('comes back by itself after a kill of the aggregator, without gap or repeat', async () => {
    const { launch, url } = await lastingAggregator();
    let aggregator = await launch();
    const browser = await chromium.launch({
      executablePath: browserPath,
      args: ['--no-sandbox', '--disable-background-networking'],
    });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    // A page of the same origin needs no permission to read the log.
    await page.goto(`${url}/health`);
    await page.evaluate(`{
      window.seen = [];
      window.opened = 0;
      const source = new EventSource('/subscribe?topic=orders');
      source.onopen = () => (window.opened += 1);
      source.onmessage = ({ data }) => window.seen.push(JSON.parse(data));
    }`);
    let published = 0;
    for (let kill = 0; kill < 2; kill += 1) {
      const publishing = publishUntilKilled(url, published);
      await page.waitForFunction(`seen.length >= ${published + 30}`);
      await aggregator.end('SIGKILL');
      published += await publishing;
      aggregator = await launch();
    }
    const all = await listed(url);
    await page.waitForFunction(`seen.length >= ${all.length}`);
    // It may have seen everything before the last kill, and be on its way back yet.
    await page.waitForFunction('opened === 3');
    expect(placesOf((await page.evaluate('seen')) as Listed[])).toEqual(placesOf(all));
  });
});
