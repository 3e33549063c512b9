import { durationFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { SettleResult } from '@oncelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import type { ConsumerWire } from './consumer-wire.ts';
import type { EventLogWire } from './event-log-wire.ts';
import { consumerWires } from './every-wire.ts';
import { grpcJsWire } from './grpc-js-wire.ts';
import { refusedWith } from './refused-with.ts';
import { eventIds, WiredGroup } from './wired-group.ts';

const { DONE, ALREADY_SETTLED } = SettleResult;

const folder = temporaryFolder();
let aggregator: AggregatorProcess;
let log: EventLogWire;

beforeAll(async () => {
  aggregator = await launchAggregator({ dataDir: folder.path });
  log = grpcJsWire(aggregator.target);
});

afterAll(async () => {
  log.close();
  await aggregator.end('SIGTERM');
  folder[Symbol.dispose]();
});

// At once, for each of them waits for a lease.
describe.concurrent.each(consumerWires)('dead letters over %s', (name, open) => {
  let wire: ConsumerWire;

  beforeAll(() => {
    wire = open(aggregator);
  });

  afterAll(() => wire.close());

  async function groupOf(
    part: string,
    ids: readonly string[],
    attemptsMax: number,
    leaseMs = 30_000,
  ): Promise<WiredGroup> {
    const group = new WiredGroup(wire, `${part} · ${name}`);
    if (ids.length > 0) await log.publish(ids.map((eventId) => ({ topic: group.name, eventId })));
    const leaseDuration = durationFromMs(leaseMs);
    await group.create({ filter: { topics: [group.name] }, leaseDuration, attemptsMax });
    return group;
  }

  async function positionsOf({ name: topic }: WiredGroup): Promise<bigint[]> {
    return (await log.list({ topic })).events.map(({ position }) => position);
  }

  it('are events that were rejected as often as the group allows, with the reason of the last time', async () => {
    const group = await groupOf('rejected', ['a', 'b'], 3);
    const before = Date.now();
    for (const attempt of [1, 2, 3]) {
      const deliveries = await group.pull();
      expect(deliveries.map((delivery) => delivery.attempt)).toEqual([attempt, attempt]);
      // The last time there is nothing to wait for.
      await group.reject(deliveries, { reason: `for the ${attempt}. time`, delayMs: attempt < 3 ? 0 : 60_000 });
    }
    expect(await group.pull()).toEqual([]);
    expect(await group.get()).toMatchObject({ outstanding: 0, deadLetters: 2n });
    const { deadLetters, nextPageToken } = await group.deadLetters();
    expect([eventIds(deadLetters), nextPageToken]).toEqual([['a', 'b'], '']);
    for (const { attempts, reason, deadTime } of deadLetters) {
      expect([attempts, reason]).toEqual([3, 'for the 3. time']);
      expect(timestampMs(deadTime!)).toBeGreaterThanOrEqual(before);
      expect(timestampMs(deadTime!)).toBeLessThanOrEqual(Date.now());
    }
  });

  it('are events whose last lease is over, unless the work was done nevertheless', async () => {
    const group = await groupOf('expired', ['a', 'b'], 1, 1000);
    const last = await group.pull();
    // Until the leases are over there is nothing; from then on they are dead, and come to nobody.
    while ((await group.get()).deadLetters < 2n) expect(await group.pull({ waitMs: 100 })).toEqual([]);
    expect(Date.now()).toBeGreaterThanOrEqual(timestampMs(last[0]!.leaseExpiryTime!));
    expect((await group.deadLetters()).deadLetters).toMatchObject([
      { attempts: 1, reason: '' },
      { attempts: 1, reason: '' },
    ]);
    expect(await group.acknowledge(last[0]!, last[0]!)).toEqual([DONE, ALREADY_SETTLED]);
    expect(eventIds((await group.deadLetters()).deadLetters)).toEqual(['b']);
  });

  it('are listed page by page, each page by the token of the one before', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const group = await groupOf('paged', ids, 1);
    await group.reject(await group.pull());
    const pages: string[][] = [];
    for (let token: string | undefined = ''; token !== undefined;) {
      const page = await group.deadLetters(2, token);
      pages.push(eventIds(page.deadLetters));
      token = page.nextPageToken || undefined;
    }
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    const { nextPageToken } = await group.deadLetters(1);
    const another = await groupOf('paged too', [], 1);
    const refusal = await refusedWith(another.deadLetters(1, nextPageToken));
    expect(refusal).toMatchObject({ code: 'RULE_BROKEN', field: 'page_token', outcome: 'none', grpcCode: 3 });
  });

  it('are delivered again with all their attempts before them, some or all', async () => {
    const group = await groupOf('replayed', ['a', 'b', 'c', 'd'], 1);
    const [a, , c, d] = (await positionsOf(group)) as [bigint, bigint, bigint, bigint];
    await group.reject(await group.pull());
    expect(await group.replay(c, a, c, d + 1000n)).toBe(2n);
    const some = await group.pull();
    expect([eventIds(some), some.map(({ attempt }) => attempt)]).toEqual([
      ['a', 'c'],
      [1, 1],
    ]);
    expect(eventIds((await group.deadLetters()).deadLetters)).toEqual(['b', 'd']);
    expect(await group.acknowledge(...some)).toEqual([DONE, DONE]);
    expect([await group.replay(), await group.replay()]).toEqual([2n, 0n]);
    expect(eventIds(await group.pull())).toEqual(['b', 'd']);
    expect(await group.get()).toMatchObject({ outstanding: 2, deadLetters: 0n });
  });

  it('are settled for good when they are deleted, some or all', async () => {
    const group = await groupOf('deleted', ['a', 'b', 'c'], 1);
    const [, b] = (await positionsOf(group)) as [bigint, bigint];
    await group.reject(await group.pull());
    expect(await group.deleteDeadLetters(b, b)).toBe(1n);
    expect(eventIds((await group.deadLetters()).deadLetters)).toEqual(['a', 'c']);
    expect([await group.deleteDeadLetters(), await group.deleteDeadLetters()]).toEqual([2n, 0n]);
    expect([await group.replay(b), await group.pull()]).toEqual([0n, []]);
    expect((await log.list({ topic: group.name })).events).toHaveLength(3);
  });
});
