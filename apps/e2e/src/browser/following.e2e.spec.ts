import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasTool } from '../launch/required-tool.ts';
import { chromiumMissing, openBrowser } from './chromium.ts';
import { type ExamplePages, serveExamplePages } from './example-pages.ts';
import { followRestart } from './followed-restart.ts';

describe.runIf(hasTool('chromium', chromiumMissing()))('a page in a browser', () => {
  let browser: Browser;
  let pages: ExamplePages;

  beforeAll(async () => {
    [browser, pages] = await Promise.all([openBrowser(), serveExamplePages()]);
  });

  afterAll(async () => {
    await browser.close();
    pages.close();
  });

  describe.each(['SIGKILL', 'SIGTERM'] as const)('that sees the aggregator end by %s and come back', (signal) => {
    it.each([
      ['follow-in-browser.html', 'connect-web'],
      ['follow-in-browser.html', 'grpc-web'],
      ['follow-by-event-source.html', ''],
    ] as const)('shows each event once and in order: %s %s', async (example, transport) => {
      const page = await browser.newPage();
      const { shown, listed } = await followRestart({
        page,
        url: (target, topic) => pages.url(example, { target, topic, ...(transport && { transport }) }),
        origin: pages.origin,
        signal,
      });
      await page.close();
      expect(shown).toEqual(listed);
    });
  });
});
