// The examples for browsers, bundled as a user would, and served from an origin that is not the aggregator's.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const examples = fileURLToPath(new URL('../examples/', import.meta.url));
const pages = ['follow-in-browser.html', 'follow-by-event-source.html'] as const;

export type ExamplePage = (typeof pages)[number];

export interface ExamplePages {
  /** What the aggregator has to allow. */
  readonly origin: string;
  url(page: ExamplePage, query: Readonly<Record<string, string>>): string;
  close(): void;
}

export async function serveExamplePages(): Promise<ExamplePages> {
  const files = await bundle();
  const server = createServer(({ url = '' }, response) => {
    const path = new URL(url, 'http://localhost').pathname.slice(1);
    const content = files.get(path);
    const type = path.endsWith('.js') ? 'text/javascript' : 'text/html';
    response.writeHead(content === undefined ? 404 : 200, { 'content-type': type }).end(content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    url: (page, query) => `${origin}/${page}?${new URLSearchParams(query)}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function bundle(): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const result = await build({
    root: examples,
    configFile: false,
    logLevel: 'silent',
    build: { write: false, target: 'esnext', rolldownOptions: { input: pages.map((page) => examples + page) } },
  });
  if (!('output' in result)) throw new Error('one build has one output');
  return new Map(result.output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source]));
}
