import { createOncelogClient } from '@oncelog/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { hasTool } from '../launch/required-tool.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { chromiumMissing, openBrowser } from './chromium.ts';
import { type ExamplePages, serveExamplePages } from './example-pages.ts';
import { followRestart } from './followed-restart.ts';

/** Half a heartbeat: at the next one even a server that nobody told would notice. */
const noticedMsMax = 5000;

describe.runIf(hasTool('chromium', chromiumMissing()))('a page in a browser', () => {
  let browser: Browser;
  let pages: ExamplePages;
  let aggregator: AggregatorProcess;

  beforeAll(async () => {
    [browser, pages] = await Promise.all([openBrowser(), serveExamplePages()]);
    aggregator = await launchAggregator({ args: ['--cors-origins', pages.origin] });
  });

  afterAll(async () => {
    await browser.close();
    pages.close();
    await aggregator.end('SIGTERM');
  });

  async function openPage(): Promise<Page> {
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    return page;
  }

  it.each([
    ['SIGKILL', 'follow-in-browser.html', { transport: 'connect-web' }],
    ['SIGKILL', 'follow-in-browser.html', { transport: 'grpc-web' }],
    ['SIGKILL', 'follow-by-event-source.html', {}],
    ['SIGTERM', 'follow-in-browser.html', { transport: 'connect-web' }],
    ['SIGTERM', 'follow-by-event-source.html', {}],
  ] as const)(
    'shows what the list shows, though the aggregator restarts after %s: %s %j',
    async (signal, name, query) => {
      const folder = temporaryFolder();
      onTestFinished(() => folder[Symbol.dispose]());
      const { shown, listed } = await followRestart({
        page: await openPage(),
        pageUrl: (following) => pages.url(name, { ...following, ...query }),
        origin: pages.origin,
        dataDir: folder.path,
        signal,
      });
      expect(shown).toEqual(listed);
    },
  );

  it.each(['connect-web', 'grpc-web'])('publishes over %s, and reads why it may not', async (transport) => {
    const topic = `published ${transport}`;
    const page = await openPage();
    await page.goto(pages.url('follow-in-browser.html', { target: aggregator.url, topic, transport }));
    await page.getByRole('textbox').fill('from a page: ü');
    await page.getByRole('button').click();
    await page.getByText('STORED', { exact: true }).waitFor();
    await page.locator('li').waitFor();

    await page.getByRole('textbox').fill('x'.repeat(300_000));
    await page.getByRole('button').click();
    await page.getByText(/^EVENT_TOO_LARGE: events\[0\]\.data: /).waitFor();
    expect(await textsOf(topic)).toEqual(['from a page: ü']);
  });

  it.each([
    ['follow-in-browser.html', { transport: 'connect-web' }],
    ['follow-in-browser.html', { transport: 'grpc-web' }],
    ['follow-by-event-source.html', {}],
  ] as const)('leaves no subscription behind when it is closed: %s %j', async (name, query) => {
    const page = await openPage();
    await page.goto(pages.url(name, { target: aggregator.url, topic: 'left', ...query }));
    await page.getByText('live', { exact: true }).waitFor();
    await expectSubscribers(1);
    await page.close();
    await expectSubscribers(0);
  });

  it('is told which setting its origin is missing in, and reads nothing', async () => {
    const page = await openPage();
    const elsewhere = pages.url('follow-in-browser.html', { target: aggregator.url }).replace('127.0.0.1', 'localhost');
    await page.goto(elsewhere);
    const status = page.getByText(/does not allow this page's origin.*--cors-origins/);
    await status.waitFor();
    expect(await page.locator('li').count()).toBe(0);
  });

  async function expectSubscribers(count: number): Promise<void> {
    const subscribers = async () =>
      ((await (await fetch(`${aggregator.url}/stats`)).json()) as { subscribers: number }).subscribers;
    await expect.poll(subscribers, { timeout: noticedMsMax }).toBe(count);
  }

  async function textsOf(topic: string): Promise<string[]> {
    const client = await createOncelogClient({ target: aggregator.target });
    const texts: string[] = [];
    for await (const { event } of client.listEvents({ topic })) {
      texts.push((JSON.parse(Buffer.from(event!.content.value as Uint8Array).toString()) as { text: string }).text);
    }
    client.close();
    return texts;
  }
});
