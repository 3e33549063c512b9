import { createServer } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { create, createOncelogClient, EventSchema } from '@oncelog/client';
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '@oncelog/protocol';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runRestartCycles } from '../crash/restart-cycles.ts';
import {
  type AggregatorProcess,
  type Exit,
  launchAggregator,
  type LaunchOptions,
} from '../launch/aggregator-process.ts';
import { aggregatorMain, runNode } from '../launch/run-program.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { holdRequest } from './held-request.ts';

const drainTimeoutMs = 10_000;
/** "At once" on a busy machine: far below the drain timeout. */
const atOnceMs = 3000;
const restartTimeoutMs = 60_000;

describe('an aggregator that gets SIGTERM under load', () => {
  it(
    'answers what is in flight, exits with 0 within the drain timeout and loses nothing it has acknowledged',
    async () => {
      const exits: (Exit & { readonly ms: number })[] = [];
      const end = async (aggregator: AggregatorProcess) => {
        const startMs = performance.now();
        const exit = await aggregator.end('SIGTERM');
        exits.push({ ...exit, ms: performance.now() - startMs });
      };
      const { violations, counts, failureCodes } = await runRestartCycles({
        folder: folderOfTest(),
        cycles: 2,
        seed: 2,
        end,
      });
      expect(exits.map(({ code, signal }) => code ?? signal)).toEqual([0, 0]);
      expect(Math.max(...exits.map(({ ms }) => ms))).toBeLessThan(drainTimeoutMs);
      expect(violations).toEqual([]);
      expect(counts.failedCalls).toBeGreaterThan(0);
      expect(['SHUTTING_DOWN', 'UNREACHABLE']).toEqual(expect.arrayContaining([...failureCodes]));
    },
    restartTimeoutMs,
  );

  it(
    'exits at once at a second signal, and still loses nothing it has acknowledged',
    async () => {
      const end = async (aggregator: AggregatorProcess) => {
        await holdRequest(aggregator.port);
        process.kill(aggregator.pid, 'SIGTERM');
        await drainingOf(aggregator);
        const startMs = performance.now();
        expect(await aggregator.end('SIGTERM')).toEqual({ code: 1, signal: null });
        expect(performance.now() - startMs).toBeLessThan(atOnceMs);
      };
      const { violations } = await runRestartCycles({ folder: folderOfTest(), cycles: 1, seed: 3, end });
      expect(violations).toEqual([]);
    },
    restartTimeoutMs,
  );
});

describe('an aggregator that drains', () => {
  it('is not ready at once: no new connections, and health watchers are told', async () => {
    const aggregator = await startAggregator();
    const watcher = watchHealth(aggregator);
    expect(await watcher.next()).toBe('SERVING');
    const held = await holdRequest(aggregator.port);
    process.kill(aggregator.pid, 'SIGTERM');
    await drainingOf(aggregator);

    await expect(fetch(`${aggregator.url}/readyz`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    expect(['NOT_SERVING', 'UNAVAILABLE']).toContain(await watcher.next());
    expect(isRunning(aggregator)).toBe(true);

    const answer = await held.finish();
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toContain('SHUTTING_DOWN');
    expect(await aggregator.exited).toEqual({ code: 0, signal: null });
  });

  it('drains at SIGHUP too, when its terminal is closed', async () => {
    const aggregator = await startAggregator();
    expect(await aggregator.end('SIGHUP')).toEqual({ code: 0, signal: null });
    expect(aggregator.log()).toContain('"stopped"');
  });

  it('goes on when nobody reads its output or its log any more', async () => {
    const aggregator = await startAggregator({ args: ['--log-level', 'debug'] });
    aggregator.hangUp();
    for (let refused = 0; refused < 3; refused += 1) {
      expect((await fetch(`${aggregator.url}/events?limit=0`)).status).toBe(422);
    }
    expect(await aggregator.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('cuts what is still in flight when the drain timeout is over, and exits with 0', async () => {
    const aggregator = await startAggregator({ args: ['--drain-timeout-ms', '300'] });
    await holdRequest(aggregator.port);
    const startMs = performance.now();
    expect(await aggregator.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - startMs).toBeLessThan(atOnceMs);
  });
});

describe('an aggregator that cannot have what it needs', () => {
  it('refuses a data directory that another one uses, by name, and leaves the other alone', async () => {
    const dataDir = join(folderOfTest(), 'data');
    const first = await startAggregator({ dataDir });
    const client = await createOncelogClient({ target: first.target });
    onTestFinished(() => client.close());
    await client.publish([create(EventSchema, { topic: 'locked', eventId: 'before' })]);

    const second = await runNode(aggregatorMain, ['--data-dir', dataDir, '--port', '0']);
    expect(second.code).toBeGreaterThan(0);
    expect(second.stderr).toContain(`the directory ${dataDir} is in use`);
    expectNoStackTrace(second.stderr);
    expect(second.stdout).toBe('');

    await client.publish([create(EventSchema, { topic: 'locked', eventId: 'after' })]);
    const { counters } = await client.getStats();
    expect(counters?.stored).toBe(2n);
  });

  it('refuses a port that is taken, by number', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as { readonly port: number };
    const { code, stderr } = await runNode(aggregatorMain, ['--store', 'memory', '--port', String(port)]);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(`port ${port} on 127.0.0.1 is taken`);
    expectNoStackTrace(stderr);
  });
});

function folderOfTest(): string {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  return folder.path;
}

async function startAggregator(options: LaunchOptions = {}): Promise<AggregatorProcess> {
  const aggregator = await launchAggregator(options);
  onTestFinished(async () => void (await aggregator.end('SIGKILL')));
  return aggregator;
}

/** Resolves when the aggregator has taken notice of the signal. */
function drainingOf(aggregator: AggregatorProcess): Promise<void> {
  return vi.waitFor(() => expect(aggregator.log()).toContain('draining'), { timeout: atOnceMs, interval: 10 });
}

/** What a load balancer sees: each status, and the code with which the stream ends. */
function watchHealth({ url }: AggregatorProcess): { next(): Promise<string> } {
  const client = createClient(Health, createGrpcTransport({ baseUrl: url }));
  const statuses = client.watch({})[Symbol.asyncIterator]();
  return {
    async next() {
      try {
        const { done, value } = await statuses.next();
        if (done) return 'UNAVAILABLE';
        return value.status === ServingStatus.SERVING ? 'SERVING' : 'NOT_SERVING';
      } catch {
        return 'UNAVAILABLE';
      }
    },
  };
}

function isRunning({ pid }: AggregatorProcess): boolean {
  return process.kill(pid, 0);
}

function expectNoStackTrace(stderr: string): void {
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr.trim().split('\n')).toHaveLength(1);
}
