// The address in front of the replicas: the balancer that the compose file starts, as a process of its own.
import { once } from 'node:events';
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { createOncelogClient, newEvent, OutcomeStatus, type TransportName } from '@oncelog/client';
import { stablePort } from '@oncelog/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { readStats } from '../launch/when-received.ts';
import { type Balancer, hasHaproxy, startBalancer } from './balancer.ts';

const hosts = ['127.0.0.2', '127.0.0.3'];
const thirdHost = '127.0.0.4';

let port = 0;
let replicas: AggregatorProcess[] = [];
let balancer: Balancer;

describe.runIf(hasHaproxy())('the one address of two replicas', () => {
  beforeAll(async () => {
    port = await stablePort();
    replicas = await Promise.all(hosts.map(startReplica));
    balancer = await startBalancer({ hosts, port });
  });

  afterAll(async () => {
    await balancer[Symbol.asyncDispose]();
    await Promise.all(replicas.map((replica) => replica.end('SIGKILL')));
  });

  it.for(['grpc-js', 'connect-grpc', 'connect', 'rest'] as const)('carries %s', async (transport) => {
    expect(await (await publisherOf(transport))(transport)).toEqual([OutcomeStatus.STORED]);
  });

  it('carries a subscription, which gets what its replica stores later', async () => {
    const [subscription] = (await once(get(`${balancer.url}/subscribe?from=now`), 'response')) as [IncomingMessage];
    onTestFinished(() => void subscription.destroy());
    for (const { url } of replicas) await publishOnce(url, 'later');
    for await (const text of subscription.setEncoding('utf8')) if ((text as string).includes('later')) return;
    expect.unreachable('the subscription ended without the event');
  });

  it('spreads connections over both', async () => {
    expect(await sharesOf(10)).toEqual([5, 5]);
  });

  it('answers every request when one replica is killed, and gives it connections again when it is back', async () => {
    const [down, up] = [balancer.logs('is DOWN'), balancer.logs('is UP, reason')];
    await replicas[0]!.end('SIGKILL');
    for (let n = 0; n < 10; n += 1) expect(await publishOnce(balancer.url, `killed-${n}`)).toBe(200);
    await down;

    replicas[0] = await startReplica(hosts[0]!);
    await up;
    expect(await sharesOf(10)).toEqual([5, 5]);
  });

  it.for(['grpc-js', 'rest'] as const)(
    'costs clients that retry nothing when one replica after the other is restarted: %s',
    async (transport) => {
      const publish = await publisherOf(transport);
      const restarting = restartAll();
      let [published, isOver] = [0, false];
      void restarting.finally(() => (isOver = true)).catch(() => {});
      for (; !isOver; published += 1) expect(await publish(`${transport}-${published}`)).toHaveLength(1);
      expect(await restarting).toEqual(hosts.map(() => ({ code: 0, signal: null })));
      expect(published).toBeGreaterThan(100);
    },
  );

  it('finds a third replica by name', async () => {
    replicas.push(await startReplica(thirdHost));
    const found = balancer.logs('replica-3 administratively READY');
    balancer.rename([...hosts, thirdHost]);
    await found;
    expect(await sharesOf(9)).toEqual([3, 3, 3]);
  });
});

function startReplica(host: string): Promise<AggregatorProcess> {
  return launchAggregator({ port, args: ['--host', host] });
}

/**
 * How many of so many connections each replica has got. All stay open until the last is answered: whom the balancer
 * gives the next one depends on those that it has not yet seen closed.
 */
async function sharesOf(connections: number): Promise<number[]> {
  const receivedOfAll = () => Promise.all(replicas.map(async ({ url }) => (await readStats(url)).received));
  const before = await receivedOfAll();
  const agents = Array.from({ length: connections }, () => new Agent({ keepAlive: true }));
  for (const [n, agent] of agents.entries()) expect(await publishOnce(balancer.url, `share-${n}`, agent)).toBe(200);
  const after = await receivedOfAll();
  for (const agent of agents) agent.destroy();
  return after.map((received, index) => received - before[index]!);
}

/** Without a retry, and by a connection of its own unless the agent has one. */
async function publishOnce(url: string, eventId: string, agent = new Agent()): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const publishing = request(`${url}/publish`, { method: 'POST', headers, agent });
  publishing.end(JSON.stringify({ topic: 'balanced', event_id: eventId }));
  const [answer] = (await once(publishing, 'response')) as [IncomingMessage];
  await once(answer.resume(), 'end');
  return answer.statusCode!;
}

async function publisherOf(transport: TransportName): Promise<(eventId: string) => Promise<OutcomeStatus[]>> {
  const client = await createOncelogClient({ target: balancer.target, transport });
  onTestFinished(() => client.close());
  return async (eventId) => {
    const { outcomes } = await client.publish([newEvent({ topic: 'balanced', eventId, payload: {} })]);
    return outcomes.map(({ status }) => status);
  };
}

/** In order, each when the one before it is back. */
async function restartAll(): Promise<unknown[]> {
  const exits: unknown[] = [];
  for (const [index, replica] of replicas.entries()) {
    const [down, up] = [balancer.logs('is DOWN'), balancer.logs('is UP, reason')];
    exits.push(await replica.end('SIGTERM'));
    await down;
    replicas[index] = await startReplica(hosts[index]!);
    await up;
  }
  return exits;
}
