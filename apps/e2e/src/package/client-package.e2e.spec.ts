import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { bundlePage } from './bundled-page.ts';
import { type InstalledClient, installClient, succeed, workspaceRoot } from './installed-client.ts';

/** What a page pays for the whole client with its contract, minified and gzipped. */
const browserGzipBytesMax = 64 * 1024;

let aggregator: AggregatorProcess;
let installed: InstalledClient;

beforeAll(async () => {
  [aggregator, installed] = await Promise.all([launchAggregator(), installClient()]);
});

afterAll(async () => {
  installed[Symbol.dispose]();
  await aggregator.end('SIGTERM');
});

const program = `
import { createOncelogClient, newEvent, OutcomeStatus, type StoredEvent } from '@oncelog/client';
import { createMemoryClient, type MemoryClient } from '@oncelog/client/testing';

const client = await createOncelogClient({ target: '127.0.0.1:8080' });
const { outcomes } = await client.publish([newEvent({ topic: 't', payload: { n: 1n } })]);
const stored: boolean = outcomes[0]?.status === OutcomeStatus.STORED;
const events: StoredEvent[] = [];
for await (const event of client.listEvents({ topic: 't' })) events.push(event);
const memory: MemoryClient = createMemoryClient();
memory.failNext('publish', { code: 'QUEUE_FULL' });
// @ts-expect-error a topic is a text: the types are there, and not any
newEvent({ topic: 7 });
export { events, stored };
`;

describe('the package', () => {
  it('holds code, types, a page and the license, and nothing else', () => {
    const { files, manifest } = installed;
    expect(files).toEqual(expect.arrayContaining(['index.js', 'index.d.ts', 'browser.js', 'README.md', 'LICENSE']));
    const others = files.filter((path) => !/\.(?:js|d\.ts)$/.test(path));
    expect(others.toSorted()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(files.filter((path) => path.includes('.spec.'))).toEqual([]);
    expect(manifest.private).toBeUndefined();
  });

  it('imports nothing of this workspace', () => {
    const folder = join(installed.folder, 'node_modules/@oncelog/client');
    const code = installed.files.filter((path) => /\.(?:js|d\.ts)$/.test(path));
    const guilty = code.filter((path) =>
      /(?:from|import\()\s*['"]@oncelog\//.test(readFileSync(join(folder, path), 'utf8')),
    );
    expect(guilty).toEqual([]);
  });

  it.each([
    ['nodenext', 'nodenext', {}],
    ['bundler', 'esnext', {}],
    ['bundler', 'esnext', { customConditions: ['browser'] }],
  ])('has types that a strict program finds with moduleResolution %s, %s, %j', async (kind, module, more) => {
    const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, types: [], noEmit: true };
    const compilerOptions = { ...strict, target: 'esnext', module, moduleResolution: kind, ...more };
    installed.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['program.ts'] }));
    const tsc = join(workspaceRoot, 'node_modules/.bin/tsc');
    installed.write('program.ts', program);
    expect(await succeed(tsc, ['--project', installed.folder])).toBe('');
  });

  it.each(['grpc-js', 'connect-grpc', 'connect', 'rest', 'connect-web', 'grpc-web'])(
    'publishes and lists with plain node over %s',
    async (transport) => {
      installed.write(
        'publish.js',
        `import { ContentView, createOncelogClient, newEvent } from '@oncelog/client';
        const client = await createOncelogClient({ target: '${aggregator.target}', transport: '${transport}' });
        const payload = { n: 18446744073709551615n };
        await client.publish([newEvent({ topic: '${transport}', eventId: 'a', payload })]);
        for await (const { event } of client.listEvents({ topic: '${transport}', contentView: ContentView.DATA }))
          process.stdout.write(event.eventId + ' ' + new TextDecoder().decode(event.content.value));
        client.close();`,
      );
      const { stdout, stderr } = await installed.node('publish.js');
      expect([stdout, stderr]).toEqual(['a {"n":18446744073709551615}', '']);
    },
  );

  it('serves tests without an aggregator', async () => {
    installed.write(
      'memory.js',
      `import { newEvent } from '@oncelog/client';
      import { createMemoryClient } from '@oncelog/client/testing';
      const client = createMemoryClient();
      await client.publish([newEvent({ topic: 't', eventId: 'a' })]);
      process.stdout.write(String((await client.getStats()).counters.stored));`,
    );
    expect((await installed.node('memory.js')).stdout).toBe('1');
  });

  it(`comes to at most ${browserGzipBytesMax / 1024} kB gzipped in a page, without anything of Node`, async () => {
    const { code, gzipBytes } = await bundlePage(
      installed,
      `import { createOncelogClient, newEvent } from '@oncelog/client';
      const client = await createOncelogClient({ target: location.origin });
      await client.publish([newEvent({ topic: 't' })]);
      for await (const entry of client.subscribe()) document.title = entry.topic;`,
    );
    expect(code).not.toMatch(/node:|browser-external|\bBuffer\b|\brequire\(|process\.(?!env\.NODE_ENV)/);
    expect(gzipBytes).toBeLessThanOrEqual(browserGzipBytesMax);
    process.stderr.write(`the client in a page: ${(gzipBytes / 1024).toFixed(1)} kB gzipped\n`);
  });
});
