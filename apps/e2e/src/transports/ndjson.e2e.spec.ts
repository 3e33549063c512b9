import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { cleanEnvironment } from '../launch/clean-environment.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { readStats } from '../launch/when-received.ts';

const folder = temporaryFolder();
const type = ['-H', 'content-type: application/x-ndjson'];
const count = 20_000;
let aggregator: AggregatorProcess;

beforeAll(async () => {
  aggregator = await launchAggregator({ dataDir: join(folder.path, 'data') });
});

afterAll(async () => {
  await aggregator.end('SIGTERM');
  folder[Symbol.dispose]();
});

function linesOf(topic: string): string {
  return Array.from({ length: count }, (_, n) => `{"topic":"${topic}","event_id":"e${n}","payload":{"n":${n}}}\n`).join(
    '',
  );
}

/** What curl writes to its standard output, with what comes in at its standard input. */
async function curl(args: readonly string[], input: Readable = Readable.from([])): Promise<string> {
  const child = spawn('curl', ['-sS', ...type, ...args, `${aggregator.url}/publish`], {
    env: cleanEnvironment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await Promise.all([pipeline(input, child.stdin), once(child, 'close')]);
  return output;
}

describe('curl with lines', () => {
  it('sends a file whole', async () => {
    const file = join(folder.path, 'big.ndjson');
    writeFileSync(file, linesOf('file'));
    const answer = JSON.parse(await curl(['--data-binary', `@${file}`]));
    expect(answer).toMatchObject({ status: 'ok', lines: count, processed_count: count, refused: 0, not_stored: [] });
  });

  it('sends what comes through a pipe, over HTTP/1.1 and HTTP/2', async () => {
    for (const version of ['--http1.1', '--http2-prior-knowledge']) {
      const answer = JSON.parse(await curl([version, '-X', 'POST', '-T', '-'], Readable.from([linesOf(version)])));
      expect(answer).toMatchObject({ lines: count, processed_count: count });
    }
  });

  it('sends it compressed', async () => {
    const piped = Readable.from([linesOf('gzip')]).compose(createGzip()) as Readable;
    const gzip = ['-H', 'content-encoding: gzip', '-X', 'POST', '-T', '-'];
    expect(JSON.parse(await curl(gzip, piped))).toMatchObject({ lines: count, processed_count: count });
    const again = Readable.from([gzipSync(linesOf('gzip'))]);
    const repeated = JSON.parse(await curl(gzip, again));
    expect(repeated).toMatchObject({ lines: count, processed_count: 0, duplicates: count, conflicts: 0 });
    expect(repeated.not_stored).toHaveLength(100);
  });

  it('reads an answer to each line while it sends', async () => {
    const lines = ['-H', 'accept: application/x-ndjson', '-X', 'POST', '-T', '-'];
    const answers = (await curl(lines, Readable.from([linesOf('answers')]))).trimEnd().split('\n');
    expect(answers).toHaveLength(count + 1);
    expect(JSON.parse(answers[0]!)).toMatchObject({ line: 1, event_id: 'e0', outcome: 'STORED' });
    expect(JSON.parse(answers[count]!)).toMatchObject({ status: 'ok', processed_count: count });
  });

  it('loses nothing that was committed when the aggregator is killed in the middle', async () => {
    const before = (await readStats(aggregator.url)).unique_processed;
    async function* slowly() {
      yield linesOf('killed');
      while ((await readStats(aggregator.url)).unique_processed < before + count) await new Promise(setImmediate);
      await aggregator.end('SIGKILL');
    }
    const { port } = aggregator;
    await curl(['-X', 'POST', '-T', '-'], Readable.from(slowly())).catch(() => '');
    aggregator = await launchAggregator({ port, dataDir: join(folder.path, 'data') });
    const answer = JSON.parse(await curl(['-X', 'POST', '-T', '-'], Readable.from([linesOf('killed')])));
    expect(answer).toMatchObject({ lines: count, duplicates: count, conflicts: 0 });
  });
});
