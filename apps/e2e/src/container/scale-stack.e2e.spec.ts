// The scale profile of docker-compose.yml as processes: its publisher's load through its balancer, to the last event.
import { hasService } from '@oncelog/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { whenReceived } from '../launch/when-received.ts';
import { hasHaproxy } from './balancer.ts';
import { readComposeFile } from './compose-file.ts';
import { type ScaleStack, startScaleStack } from './scale-stack.ts';

const canRun = [hasHaproxy(), hasService('postgres'), hasService('redis')].every(Boolean);

/** Of one run of the publisher: 20,000 with 30 % repeats. */
const load = { received: 20_000, unique_processed: 14_000, duplicate_dropped: 6000, conflicts: 0 };

/** What a worker stores of the events that were published while a store was away. */
const awaited = ['redis-is-back', 'while-postgres-is-away'];
/** Far beyond the seconds that connections take to be made again. */
const patience = { timeout: 30_000, interval: 50 };

let stack: ScaleStack;

describe.runIf(canRun)('the scale profile', () => {
  beforeAll(async () => {
    stack = await startScaleStack();
  });

  afterAll(() => stack[Symbol.asyncDispose]());

  it('has a publisher that waits, verifies 20,000 events with 30 % repeats, and exits with 0', async () => {
    const { code, stdout, stderr } = await stack.publish();
    expect(code, stderr + stdout + logs()).toBe(0);
    for (const { url } of stack.replicas) expect(await statsOf(url)).toMatchObject(load);
    expect(await storedIn(stack.postgres.url)).toEqual({ keys: 14_000, positions: 14_000, last: 14_000 });
  });

  it('answers from the broker', async () => {
    expect(await statsOf(stack.balancer.url)).toMatchObject({ durability: 'accepted' });
  });

  it('is healthy, the worker too', async () => {
    expect(await stack.worker.healthcheck()).toBe(0);
    expect((await fetch(`${stack.balancer.url}/readyz`)).status).toBe(200);
  });

  it('loses and repeats nothing when worker and replicas are killed under load and started again', async () => {
    const publishing = stack.publish();
    await whenReceived({ aggregator: stack.replicas[0]!, publishing, receivedMin: load.received + 2000 });
    for (const service of [stack.worker, ...stack.replicas]) {
      await service.end('SIGKILL');
      service.restart();
    }
    const { code, stdout, stderr } = await publishing;
    expect(code, stderr + stdout + logs()).toBe(0);
    expect(await storedIn(stack.postgres.url)).toEqual({ keys: 28_000, positions: 28_000, last: 28_000 });
  });

  it('stays ready while Redis is away, refuses what it cannot keep, and goes on by itself', async () => {
    await stack.redis.kill();
    expect(await publishOne('while-redis-is-away')).toMatchObject({
      status: 503,
      body: { code: 'STORE_UNAVAILABLE', outcome: 'none' },
    });
    expect((await fetch(`${stack.balancer.url}/readyz`)).status).toBe(200);
    await stack.redis.start();
    await vi.waitFor(async () => expect(await publishOne('redis-is-back')).toMatchObject({ status: 202 }), patience);
  });

  it('accepts while PostgreSQL is away, and stores when it is back', async () => {
    await stack.postgres.kill();
    expect(await publishOne('while-postgres-is-away')).toMatchObject({ status: 202 });
    expect((await fetch(`${stack.balancer.url}/readyz`)).status).toBe(200);
    await stack.postgres.start();
    await vi.waitFor(async () => expect(await eventsOf('while-away')).toEqual(awaited), patience);
  });

  it('writes no password into its logs', () => {
    const { environment } = readComposeFile().services['postgres']!;
    expect(logs()).toContain('"msg":"ready"');
    expect(logs()).not.toContain(environment!['POSTGRES_PASSWORD']);
  });

  it('ends every process with 0', async () => {
    const services = [...stack.replicas, stack.worker];
    expect(await Promise.all(services.map((service) => service.end('SIGTERM')))).toEqual([0, 0, 0]);
  });
});

async function statsOf(url: string): Promise<unknown> {
  return (await fetch(`${url}/stats`)).json();
}

async function publishOne(eventId: string): Promise<unknown> {
  const answer = await fetch(`${stack.balancer.url}/publish`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ topic: 'while-away', event_id: eventId }),
  });
  return { status: answer.status, body: await answer.json() };
}

async function eventsOf(topic: string): Promise<string[]> {
  const answer = await fetch(`${stack.balancer.url}/events?topic=${topic}`);
  const events = (await answer.json()) as { event_id: string }[];
  return events.map(({ event_id: id }) => id);
}

function logs(): string {
  return [...stack.replicas, stack.worker].map((service) => service.log()).join('\n');
}

/** Asked of the database itself. */
async function storedIn(serverUrl: string): Promise<unknown> {
  const url = new URL(serverUrl);
  url.pathname = '/oncelog';
  const client = new Client({ connectionString: url.href });
  await client.connect();
  const { rows } = await client.query(
    `select count(*)::int as keys, count(distinct position)::int as positions, max(position)::int as last
     from oncelog.event_key`,
  );
  await client.end();
  return rows[0];
}
