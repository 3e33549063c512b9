import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumMissing, openBrowser } from '../browser/chromium.ts';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { hasTool } from '../launch/required-tool.ts';
import { bundlePage } from './bundled-page.ts';
import { type InstalledClient, installClient } from './installed-client.ts';

/** Offers one function, which the test calls from outside. */
const program = `
import { createOncelogClient, newEvent } from '@oncelog/client';

window.publishAndRead = async (target, transport) => {
  const client = await createOncelogClient({ target, transport });
  const news = client.subscribe({ topics: [transport], start: 'now' });
  await news.ready;
  const ids = ['a', 'b', 'a'];
  await client.publish(ids.map((eventId) => newEvent({ topic: transport, eventId, payload: { id: 2n ** 63n } })));
  const read = [];
  for await (const { eventId, text } of news) if (read.push(eventId + ' ' + text) === 2) return read;
};
`;

describe.runIf(hasTool('chromium', chromiumMissing()))('the package in a browser', () => {
  let installed: InstalledClient;
  let aggregator: AggregatorProcess;
  let pages: Server;
  let origin: string;
  let browser: Browser;

  beforeAll(async () => {
    [installed, browser] = await Promise.all([installClient(), openBrowser()]);
    const { code } = await bundlePage(installed, program);
    pages = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? code : '<!doctype html><script type="module" src="/page.js"></script>');
    });
    await new Promise<void>((resolve) => void pages.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    aggregator = await launchAggregator({ args: ['--cors-origins', origin] });
  });

  afterAll(async () => {
    await browser.close();
    pages.close();
    await aggregator.end('SIGTERM');
    installed[Symbol.dispose]();
  });

  it.each(['connect-web', 'grpc-web'])('publishes and subscribes over %s, every digit kept', async (transport) => {
    const page = await browser.newPage();
    await page.goto(origin, { waitUntil: 'load' });
    const read = await page.evaluate(`publishAndRead('${aggregator.target}', '${transport}')`);
    const content = '{"id":9223372036854775808}';
    expect(read).toEqual([`a ${content}`, `b ${content}`]);
    await page.close();
  });
});
