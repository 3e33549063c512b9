import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createOncelogClient, newEvent, type OncelogClient } from '@oncelog/client';
import { stablePort } from '@oncelog/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { cleanEnvironment } from '../launch/clean-environment.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { cliMain, WatchedProcess } from './watched-process.ts';

const batchEvents = 20;

async function startAggregator(options: Parameters<typeof launchAggregator>[0] = {}): Promise<AggregatorProcess> {
  const aggregator = await launchAggregator(options);
  onTestFinished(async () => void (await aggregator.end('SIGKILL')));
  return aggregator;
}

async function connect({ target }: AggregatorProcess): Promise<OncelogClient> {
  const retry = { attemptsMax: Number.POSITIVE_INFINITY, totalMs: 60_000 };
  const client = await createOncelogClient({ target, retry });
  onTestFinished(() => client.close());
  return client;
}

/** Events from:to of a topic, named by their numbers. */
async function publish(client: OncelogClient, from: number, to: number, topic = 'orders'): Promise<void> {
  for (let first = from; first < to; first += batchEvents) {
    const numbers = Array.from({ length: Math.min(batchEvents, to - first) }, (_, index) => first + index);
    await client.publish(numbers.map((n) => newEvent({ topic, eventId: `e${n}`, payload: { n } })));
  }
}

describe('oncelog tail', () => {
  it('shows every event once and in order, over restarts of the aggregator: killed, and stopped in order', async () => {
    const folder = temporaryFolder();
    onTestFinished(() => folder[Symbol.dispose]());
    const [dataDir, perEnd] = [join(folder.path, 'data'), 300];
    const ends = ['SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGKILL'] as const;
    const total = (ends.length + 1) * perEnd;
    let aggregator = await startAggregator({ dataDir, port: await stablePort() });
    const tail = new WatchedProcess(cliMain, aggregator.target, ['tail', '--json', '--limit', String(total)]);
    const client = await connect(aggregator);

    for (const [index, signal] of ends.entries()) {
      const publishing = publish(client, index * perEnd, (index + 1) * perEnd);
      // In the middle of the load, and in the middle of what the tail is being told.
      await tail.when(({ lines }) => lines.length > (index + 0.5) * perEnd);
      await aggregator.end(signal);
      await tail.when(({ stderr }) => stderr.split('connection lost').length > index + 1);
      aggregator = await startAggregator({ dataDir, port: aggregator.port });
      await publishing;
    }
    await publish(client, ends.length * perEnd, total);

    expect(await tail.exited).toEqual({ code: 0, signal: null });
    const events = tail.lines.map((line) => JSON.parse(line) as { position: number; event_id: string; cursor: string });
    expect(events.map(({ position }) => position)).toEqual(Array.from({ length: total }, (_, index) => index + 1));
    expect(new Set(events.map(({ event_id: id }) => id)).size).toBe(total);
    expect(tail.stderr.match(/connected again/g)).toHaveLength(ends.length);
    expect(tail.stderr).toContain(`"cursor":"${events.at(-1)?.cursor}"`);
  });

  it('goes on from the cursor it has told', async () => {
    const aggregator = await startAggregator();
    const client = await connect(aggregator);
    await publish(client, 0, 5);
    const first = new WatchedProcess(cliMain, aggregator.target, ['tail', '--limit', '2']);
    await first.exited;
    const cursor = /--after (\S+)/.exec(first.stderr)?.[1] ?? '';
    const second = new WatchedProcess(cliMain, aggregator.target, ['tail', '--after', cursor, '--until-end']);
    expect(await second.exited).toEqual({ code: 0, signal: null });
    const ids = [...first.lines, ...second.lines].map((line) => line.split('\t')[3]);
    expect(ids).toEqual(['e0', 'e1', 'e2', 'e3', 'e4']);
  });

  it('shows a new event at once, and ends with 0 and its cursor when it is interrupted', async () => {
    const aggregator = await startAggregator();
    const client = await connect(aggregator);
    await publish(client, 0, 5, 'orders');
    await publish(client, 0, 5, 'shop.a');
    const tail = new WatchedProcess(cliMain, aggregator.target, ['tail', '--prefix', 'shop.']);
    await tail.when(({ lines }) => lines.length === 5);
    await publish(client, 5, 6, 'orders');
    await publish(client, 5, 6, 'shop.b');
    await tail.when(({ lines }) => lines.length === 6);
    tail.kill('SIGINT');
    expect(await tail.exited).toEqual({ code: 0, signal: null });
    expect(tail.lines.map((line) => line.split('\t')[2])).toEqual([...Array(5).fill('shop.a'), 'shop.b']);
    expect(tail.stderr).toMatch(/^go on with --after \S+\n$/);
  });

  it('ends quietly when its reader has seen enough', async () => {
    const aggregator = await startAggregator();
    // More than a pipe and its reader hold: only a write that fails tells that the reader has left.
    await publish(await connect(aggregator), 0, 10_000);
    const script = `'${process.execPath}' '${cliMain}' tail | head -1; echo "\${PIPESTATUS[0]}"`;
    const env = cleanEnvironment({ ONCELOG_TARGET: aggregator.target });
    const shell = spawn('bash', ['-c', script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    shell.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    shell.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    await once(shell, 'close');
    expect(stdout).toMatch(/^1\t.*\n0\n$/);
    expect(stderr).toBe('');
  });

  it('says at once that nobody listens', async () => {
    const tail = new WatchedProcess(cliMain, `127.0.0.1:${await stablePort()}`, ['tail']);
    expect(await tail.exited).toEqual({ code: 5, signal: null });
    expect(tail.stderr).toMatch(/^UNREACHABLE: .*\nis the aggregator running\?/);
  });
});
