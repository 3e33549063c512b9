import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { hasTool } from '../launch/required-tool.ts';
import { stablePort } from '../launch/stable-port.ts';
import { bundlePage } from './bundled-page.ts';
import { type InstalledClient, installClient } from './installed-client.ts';

const executablePath = '/usr/bin/chromium';
const available = hasTool('chromium', existsSync(executablePath) ? undefined : `there is no ${executablePath}`);

/** Offers the client to the tests, which call it from outside. */
const program = `
import { createOncelogClient, newEvent } from '@oncelog/client';

window.open_ = async (target, transport) => {
  const client = await createOncelogClient({ target, transport, retry: { totalMs: 30_000, attemptsMax: 1000 } });
  window.client = client;
  window.publish = async (ids) =>
    (await client.publish(ids.map((eventId) => newEvent({ topic: transport, eventId, payload: { id: 2n ** 63n } }))))
      .outcomes.map(({ position }) => Number(position));
  window.follow = async () => {
    window.seen = [];
    window.reconnects = 0;
    const subscription = client.subscribe({ topics: [transport], onReconnect: () => (window.reconnects += 1) });
    void (async () => {
      for await (const entry of subscription) window.seen.push(entry.eventId + ' ' + entry.text);
    })();
    await subscription.ready;
  };
};
`;

describe.skipIf(!available)('the client in a browser', () => {
  let installed: InstalledClient;
  let pages: Server;
  let origin: string;
  let browser: Browser;
  let page: Page;
  let aggregator: AggregatorProcess;
  let port: number;

  const launch = () =>
    launchAggregator({ port, dataDir: join(installed.folder, 'data'), args: ['--cors-origins', origin] });

  beforeAll(async () => {
    installed = await installClient();
    const { code } = await bundlePage(installed, program);
    pages = createServer((request, response) => {
      const script = request.url === '/page.js';
      response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
      response.end(script ? code : '<!doctype html><script type="module" src="/page.js"></script>');
    });
    await new Promise<void>((resolve) => void pages.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    port = await stablePort();
    aggregator = await launch();
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking'] });
  });

  afterAll(async () => {
    await browser.close();
    await aggregator.end('SIGTERM');
    await new Promise((resolve) => pages.close(resolve));
    installed[Symbol.dispose]();
  });

  it.each(['connect-web', 'grpc-web'])(
    'publishes, subscribes, and after a kill -9 of the aggregator goes on without gap or repeat over %s',
    async (transport) => {
      page = await browser.newPage();
      await page.goto(origin, { waitUntil: 'load' });
      await page.evaluate(`open_('${aggregator.target}', '${transport}')`);
      const publish = (ids: readonly string[]) => page.evaluate(`publish(${JSON.stringify(ids)})`);
      const seen = (count: number) => page.waitForFunction(`seen.length >= ${count}`);

      await publish(['a', 'b']);
      await page.evaluate('follow()');
      await seen(2);
      await aggregator.end('SIGKILL');
      aggregator = await launch();
      await publish(['b', 'c']);
      await seen(3);
      await publish(['d']);
      await seen(4);

      const content = '{"id":9223372036854775808}';
      expect(await page.evaluate('seen')).toEqual(['a', 'b', 'c', 'd'].map((id) => `${id} ${content}`));
      expect(await page.evaluate('reconnects')).toBeGreaterThan(0);
      await page.close();
    },
  );

  it('says what to look for when the page may not ask', async () => {
    const closed = await launchAggregator();
    page = await browser.newPage();
    await page.goto(origin, { waitUntil: 'load' });
    await page.evaluate(`open_('${closed.target}', 'connect-web')`);
    const stats = page.evaluate('client.getStats({ signal: AbortSignal.timeout(1) }).catch(({ code }) => code)');
    expect(['CANCELLED', 'UNREACHABLE']).toContain(await stats);
    const failure = page.evaluate('client.health().catch(({ code, message }) => code + ": " + message)');
    expect(await failure).toMatch(/^UNREACHABLE: Failed to fetch: .* does not allow this page's origin/);
    await page.close();
    await closed.end('SIGTERM');
  });
});
