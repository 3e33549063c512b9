// Aggregators of a test in its own process, with places of their own on the servers of all tests.
import { randomUUID } from 'node:crypto';
import type { Logger } from '@oncelog/telemetry';
import type { PostgresUrl } from '@oncelog/testing/postgres-setup';
import type { RedisUrl } from '@oncelog/testing/redis-setup';
import { inject, onTestFinished } from 'vitest';
import { type Aggregator, type AggregatorOptions, startAggregator } from '../aggregator.ts';
import { readCommand } from '../settings.ts';

const postgresUrl: PostgresUrl = inject('postgresUrl');
const redisUrl: RedisUrl = inject('redisUrl');

export const hasServices = postgresUrl !== undefined && redisUrl !== undefined;

/** A schema that nobody else uses. */
export function storeOfTest(server = postgresUrl!): string {
  const url = new URL(server);
  url.searchParams.set('schema', `test_${randomUUID()}`);
  return url.href;
}

/** A stream that nobody else uses. */
export function brokerOfTest(server = redisUrl!): string {
  return `${server}?stream=${randomUUID()}`;
}

/** The lines of a log, and the next one when it comes. */
export class RecordedLog {
  readonly lines: string[] = [];
  #onLine = () => {};

  get logger(): Logger {
    const add = (_fields: unknown, line: string) => {
      this.lines.push(line);
      this.#onLine();
    };
    return { trace: add, debug: add, info: add, warn: add, error: add, fatal: add } as unknown as Logger;
  }

  async until(pattern: RegExp): Promise<void> {
    while (!this.lines.some((line) => pattern.test(line))) {
      await new Promise<void>((resolve) => (this.#onLine = resolve));
    }
  }
}

export type Started = Aggregator & {
  readonly get: (path: string) => Promise<Answer>;
  readonly post: (path: string, body: unknown) => Promise<Answer>;
};

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Record<string, unknown>;
}

/** Without durability, which the servers of all tests do not have either. */
export async function start(
  args: readonly string[],
  { log = new RecordedLog(), ...more }: { log?: RecordedLog } & Partial<AggregatorOptions> = {},
): Promise<Started> {
  const command = readCommand(['--port', '0', '--durability', 'os', '--drain-timeout-ms', '2000', ...args], {});
  if (command.kind !== 'run') throw new Error(`it asked for ${command.kind}`);
  const onFault = (error: Error) => {
    throw error;
  };
  const { settings } = command;
  const aggregator = await startAggregator({ settings, version: 'spec', logger: log.logger, onFault, ...more });
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= aggregator.stop());
  onTestFinished(stop);
  const call = async (path: string, init?: RequestInit): Promise<Answer> => {
    const { status, headers, ...response } = await answered(`${aggregator.url}${path}`, init);
    return { status, headers, json: response.json };
  };
  return {
    ...aggregator,
    stop,
    get: (path) => call(path),
    post: (path, body) =>
      call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  };
}

async function answered(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, json: (await response.json()) as Answer['json'] };
}

/** Looks again until it is as it should be; the time of the test bounds it. */
export async function untilStats(aggregator: Started, enough: (stats: Record<string, unknown>) => boolean) {
  for (;;) {
    const { json } = await aggregator.get('/stats');
    if (enough(json)) return json;
    // clock: nothing tells when a worker has stored; how long it takes decides nothing.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const isDrained = ({ broker }: Record<string, unknown>) =>
  (broker as { readonly waiting_events: number }).waiting_events === 0;
