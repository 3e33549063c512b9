import { join } from 'node:path';
import { type Client, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { ConsumerService, SettleResult } from '@oncelog/protocol';
import { stablePort } from '@oncelog/testing';
import { expect, it, onTestFinished } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';

const eventCount = 2000;
const members = 4;
const group = 'billing';
/** How many acknowledgements have been answered when the aggregator is killed. */
const killsAt = [200, 700, 1300];
const testTimeoutMs = 60_000;

/** Puts what is answered and what is asked into one order. */
interface Ledger {
  readonly askedAgain: number[];
  readonly answeredAt: Map<number, number>;
  readonly delivered: Set<number>;
  step: number;
}

it(
  'members whose aggregator is killed with kill -9 while they acknowledge get nothing again that was answered as done',
  async () => {
    const folder = temporaryFolder();
    onTestFinished(() => folder[Symbol.dispose]());
    const launch = { dataDir: join(folder.path, 'data'), port: await stablePort() };
    let aggregator: AggregatorProcess = await launchAggregator(launch);
    onTestFinished(async () => void (await aggregator.end('SIGKILL')));
    const sessions = new Http2SessionManager(aggregator.url);
    onTestFinished(() => sessions.abort());
    const client = createClient(
      ConsumerService,
      createGrpcTransport({ baseUrl: aggregator.url, sessionManager: sessions }),
    );
    await publishLines(aggregator.url);
    await client.createGroup({ name: group, settings: { leaseDuration: { seconds: 1n }, attemptsMax: 1000 } });

    const ledger: Ledger = { askedAgain: [], answeredAt: new Map(), delivered: new Set(), step: 0 };
    let kills = 0;
    let up = Promise.resolve();
    const onAnswered = () => {
      if (ledger.answeredAt.size < (killsAt[kills] ?? Infinity)) return;
      kills += 1;
      up = aggregator.end('SIGKILL').then(async () => void (aggregator = await launchAggregator(launch)));
    };
    // An acknowledgement whose answer was lost with the aggregator may have settled its events all the same.
    const isDone = async () => {
      if (ledger.answeredAt.size === eventCount) return true;
      const { group: state } = await client.getGroup({ name: group });
      return state!.outstanding === 0 && state!.backlog === 0n;
    };
    const work = async (member: string) => {
      for (let done = false; !done;) {
        const delivered = await settleSome(client, member, ledger, onAnswered).catch(() => up.then(turn));
        if (delivered === 0) done = await isDone().catch(() => false);
      }
    };
    await Promise.all(Array.from({ length: members }, (_, index) => work(`m${index}`)));

    expect(kills).toBe(killsAt.length);
    expect(ledger.askedAgain).toEqual([]);
    expect(ledger.delivered.size).toBe(eventCount);
    const state = await client.getGroup({ name: group });
    expect(state.group).toMatchObject({ outstanding: 0, backlog: 0n, deadLetters: 0n });
  },
  testTimeoutMs,
);

async function settleSome(
  client: Client<typeof ConsumerService>,
  member: string,
  ledger: Ledger,
  onAnswered: () => void,
): Promise<number> {
  const askedAt = (ledger.step += 1);
  const { deliveries } = await client.pull({ group, member, eventsMax: 20, wait: { seconds: 1n } });
  const positions = deliveries.map(({ entry }) => Number(entry!.entry.value!.position));
  for (const position of positions) {
    ledger.delivered.add(position);
    if ((ledger.answeredAt.get(position) ?? Infinity) < askedAt) ledger.askedAgain.push(position);
  }
  if (deliveries.length === 0) return 0;
  const deliveryIds = deliveries.map(({ deliveryId }) => deliveryId);
  const { results } = await client.acknowledge({ group, deliveryIds });
  ledger.step += 1;
  for (const [index, result] of results.entries()) {
    // What a lost answer had acknowledged is settled, too.
    if (result !== SettleResult.LEASE_LOST && !ledger.answeredAt.has(positions[index]!)) {
      ledger.answeredAt.set(positions[index]!, ledger.step);
    }
  }
  onAnswered();
  return deliveries.length;
}

async function publishLines(url: string): Promise<void> {
  const lines = Array.from({ length: eventCount }, (_, index) => `{"topic":"orders","event_id":"${index}"}\n`);
  const answer = await fetch(`${url}/publish`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.join(''),
  });
  expect(await answer.json()).toMatchObject({ processed_count: eventCount });
}

/** Calls that fail at once must not keep the answers of others from coming. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
