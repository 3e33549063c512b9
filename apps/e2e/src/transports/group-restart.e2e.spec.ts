import { type Delivery, type Group, type ListDeadLettersResponse, SettleResult } from '@oncelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { consumerWires } from './every-wire.ts';
import { grpcJsWire } from './grpc-js-wire.ts';
import { eventIds, WiredGroup } from './wired-group.ts';

const { DONE, ALREADY_SETTLED } = SettleResult;

const folder = temporaryFolder();
let aggregator: AggregatorProcess;

/** Of a group before the kill, by the name of its wire. */
interface Place {
  readonly group: Group;
  readonly deadLetters: ListDeadLettersResponse;
  readonly acknowledged: Delivery;
  readonly leased: Delivery;
}

const places = new Map<string, Place>();

/** Acknowledges a, buries b, gives back c for the second time, has d, and has not seen e and f. */
async function deliverSome(group: WiredGroup): Promise<Pick<Place, 'acknowledged' | 'leased'>> {
  await group.create({ filter: { topics: [group.name] }, attemptsMax: 3 });
  const [a, ...bc] = (await group.pull({ eventsMax: 3 })) as [Delivery, Delivery, Delivery];
  await group.acknowledge(a);
  await group.reject(bc);
  const [b, c, d] = (await group.pull({ eventsMax: 3 })) as [Delivery, Delivery, Delivery];
  await group.reject([b]);
  await group.reject(await group.pull({ eventsMax: 1 }), { reason: 'thrice' });
  await group.reject([c]);
  return { acknowledged: a, leased: d };
}

beforeAll(async () => {
  aggregator = await launchAggregator({ dataDir: folder.path });
  const log = grpcJsWire(aggregator.target);
  for (const [name] of consumerWires) {
    await log.publish(['a', 'b', 'c', 'd', 'e', 'f'].map((eventId) => ({ topic: name, eventId })));
  }
  log.close();
  for (const [name, open] of consumerWires) {
    const wire = open(aggregator);
    const group = new WiredGroup(wire, name);
    const delivered = await deliverSome(group);
    places.set(name, { group: await group.get(), deadLetters: await group.deadLetters(), ...delivered });
    wire.close();
  }
  await aggregator.end('SIGKILL');
  aggregator = await launchAggregator({ dataDir: folder.path });
});

afterAll(async () => {
  await aggregator.end('SIGTERM');
  folder[Symbol.dispose]();
});

describe.each(consumerWires)('a kill -9 of the aggregator, to a group over %s', (name, open) => {
  it('keeps its cursor, what is outstanding with its attempts and leases, and its dead letters', async () => {
    const wire = open(aggregator);
    const group = new WiredGroup(wire, name);
    const before = places.get(name)!;

    expect(before.group).toMatchObject({ outstanding: 2, deadLetters: 1n, cursor: expect.stringMatching(/./) });
    expect(await group.get()).toEqual(before.group);
    expect(await group.deadLetters()).toEqual(before.deadLetters);
    expect(before.deadLetters.deadLetters).toMatchObject([{ attempts: 3, reason: 'thrice' }]);

    // The lease of d goes on.
    const deliveries = await group.pull();
    expect(eventIds(deliveries)).toEqual(['c', 'e', 'f']);
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([3, 1, 1]);
    expect(await group.acknowledge(before.leased, before.acknowledged)).toEqual([DONE, ALREADY_SETTLED]);
    expect(await group.acknowledge(...deliveries)).toEqual([DONE, DONE, DONE]);
    expect(await group.replay()).toBe(1n);
    expect(eventIds(await group.pull())).toEqual(['b']);
    wire.close();
  });
});
