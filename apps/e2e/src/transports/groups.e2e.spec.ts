import { durationFromMs, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { type ContentView, ConsumerService, SettleResult, StartPosition } from '@oncelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import type { ConsumerWire } from './consumer-wire.ts';
import type { EventLogWire } from './event-log-wire.ts';
import { consumerWires } from './every-wire.ts';
import { grpcJsWire } from './grpc-js-wire.ts';
import { refusedWith } from './refused-with.ts';
import { eventIds, WiredGroup } from './wired-group.ts';

const { DONE, LEASE_LOST } = SettleResult;
const methods = ConsumerService.method;

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

describe.each(consumerWires)('groups over %s', (name, open) => {
  let wire: ConsumerWire;

  beforeAll(() => {
    wire = open(aggregator);
  });

  afterAll(() => wire.close());

  const nameOf = (part: string) => `${part} · ${name}`;
  const group = (part: string) => new WiredGroup(wire, nameOf(part));
  const filterOf = (part: string) => ({ topics: [nameOf(part)] });
  const publish = (part: string, ...ids: readonly string[]) =>
    log.publish(ids.map((eventId) => ({ topic: nameOf(part), eventId })));

  it('are made once: again it changes nothing, and other settings are refused', async () => {
    await publish('made', 'a');
    const made = group('made');
    const settings = { filter: filterOf('made'), leaseDuration: durationFromMs(60_000), attemptsMax: 3 };
    const first = await made.create(settings, { start: StartPosition.NOW });
    expect(first).toMatchObject({ created: true, group: { name: made.name, outstanding: 0, deadLetters: 0n } });
    expect(first.group!.settings).toMatchObject({
      filter: { ...filterOf('made'), topicPrefixes: [], sources: [], attributes: {} },
      leaseDuration: { seconds: 60n, nanos: 0 },
      attemptsMax: 3,
    });
    const again = await made.create(settings, { start: StartPosition.BEGINNING });
    expect(again).toEqual({ ...first, created: false });
    expect(await refusedWith(made.create({ ...settings, attemptsMax: 4 }))).toMatchObject({
      code: 'ALREADY_EXISTS',
      grpcCode: 6,
      outcome: 'none',
      field: 'name',
      actual: made.name,
    });
    expect(await made.get()).toEqual(first.group);
  });

  it('have defaults for what is not said', async () => {
    const { group: made } = await group('defaults').create({});
    expect(made).toMatchObject({ settings: { leaseDuration: { seconds: 30n }, attemptsMax: 5 }, cursor: '' });
    expect(timestampMs(made!.createTime!)).toBeLessThanOrEqual(Date.now());
  });

  it('show what is delivered, what is behind and where they stand', async () => {
    await publish('shown', 'a', 'b', 'c');
    const shown = group('shown');
    const { lastPosition } = await log.stats();
    await shown.create({ filter: filterOf('shown') });
    expect(await shown.get()).toMatchObject({ outstanding: 0, backlog: lastPosition, cursor: '' });
    const [first] = await shown.pull({ eventsMax: 2 });
    expect(await shown.get()).toMatchObject({ outstanding: 2, backlog: 1n });
    await shown.acknowledge(first!);
    await shown.pull();
    expect(await shown.get()).toMatchObject({ outstanding: 2, backlog: 0n, cursor: expect.stringMatching(/^[\w-]+$/) });
    // The cursors of groups are those of lists: nothing follows this one.
    expect((await log.list({ after: (await shown.get()).cursor })).events).toEqual([]);
  });

  it('are listed by name, and forgotten when they are deleted', async () => {
    const names = ['listed b', 'listed c', 'listed a'];
    for (const part of names) await group(part).create({});
    const listed = async () =>
      (await wire.call(methods.listGroups, {})).groups
        .map((each) => each.name)
        .filter((each) => each.startsWith('listed') && each.endsWith(name));
    expect(await listed()).toEqual(['listed a', 'listed b', 'listed c'].map(nameOf));
    expect([await group('listed b').delete(), await group('listed b').delete()]).toEqual([true, false]);
    expect(await listed()).toEqual(['listed a', 'listed c'].map(nameOf));
    expect(await refusedWith(group('listed b').get())).toMatchObject({
      code: 'NOT_FOUND',
      grpcCode: 5,
      outcome: 'none',
    });
    expect(await refusedWith(group('listed b').pull())).toMatchObject({ code: 'NOT_FOUND', grpcCode: 5 });
  });

  it('begin anew when they are made anew: deliveries of before mean nothing to them', async () => {
    await publish('anew', 'a');
    const anew = group('anew');
    await anew.create({ filter: filterOf('anew') });
    const before = await anew.pull();
    await anew.delete();
    await anew.create({ filter: filterOf('anew') });
    const after = await anew.pull();
    expect(eventIds(after)).toEqual(['a']);
    expect(await anew.acknowledge(...before, ...after)).toEqual([LEASE_LOST, DONE]);
  });

  it('are sought by cursor, by time and to either end, and forget what was delivered', async () => {
    const sought = group('sought');
    await sought.create({ filter: filterOf('sought') });
    for (const id of ['a', 'b', 'c', 'd']) await publish('sought', id);
    const { events } = await log.list({ topic: nameOf('sought') });
    const third = (await log.list({ topic: nameOf('sought'), pageSize: 3 })).resumeCursor!;
    const delivered = await sought.pull();
    const seek = async (...[target]: Parameters<typeof sought.seek>) => {
      const { outstanding, backlog } = await sought.seek(target);
      expect([outstanding, backlog]).toEqual([0, (await sought.get()).backlog]);
      return eventIds(await sought.pull());
    };
    expect(await seek({ case: 'after', value: third })).toEqual(['d']);
    expect(await sought.acknowledge(...delivered)).toEqual(delivered.map(() => LEASE_LOST));
    expect(await seek({ case: 'start', value: StartPosition.BEGINNING })).toEqual(['a', 'b', 'c', 'd']);
    expect(await seek({ case: 'after', value: '' })).toEqual(['a', 'b', 'c', 'd']);
    const since = events[2]!.storedTime!;
    const atOrAfter = events.filter(({ storedTime }) => timestampMs(storedTime!) >= timestampMs(since));
    expect(await seek({ case: 'since', value: since })).toEqual(atOrAfter.map(({ event }) => event!.eventId));
    expect(await seek({ case: 'since', value: timestampFromMs(Date.now() + 60_000) })).toEqual([]);
    await sought.seek({ case: 'start', value: StartPosition.BEGINNING });
    await sought.reject(await sought.pull());
    // Given back and due by now, but forgotten.
    expect(await seek({ case: 'start', value: StartPosition.NOW })).toEqual([]);
  });

  it('begin behind a cursor or at the end when they are made so', async () => {
    await publish('begun', 'a', 'b');
    const { resumeCursor: after } = await log.list({ topic: nameOf('begun'), pageSize: 1 });
    const [behind, atEnd] = [group('begun behind'), group('begun at the end')];
    await behind.create({ filter: filterOf('begun') }, { after: after! });
    await atEnd.create({ filter: filterOf('begun') }, { start: StartPosition.NOW });
    await publish('begun', 'c');
    expect([eventIds(await behind.pull()), eventIds(await atEnd.pull())]).toEqual([['b', 'c'], ['c']]);
  });

  const otherLog = 'AQAAAAAAAAAAAAAAAA';
  const deliveryId = '1.1.1.1';

  it.each<[string, (group: string) => Promise<unknown>]>([
    ['name', () => wire.call(methods.createGroup, { name: '' })],
    ['name', () => wire.call(methods.getGroup, { name: 'x'.repeat(256) })],
    ['settings.filter.topics[1]', (n) => new WiredGroup(wire, n).create({ filter: { topics: ['a', ''] } })],
    ['settings.lease_duration', (n) => new WiredGroup(wire, n).create({ leaseDuration: durationFromMs(999) })],
    ['settings.attempts_max', (n) => new WiredGroup(wire, n).create({ attemptsMax: 1001 })],
    ['after', (n) => wire.call(methods.createGroup, { name: `${n} new`, after: otherLog })],
    ['member', (n) => wire.call(methods.pull, { group: n, member: 'x'.repeat(256) })],
    ['events_max', (n) => wire.call(methods.pull, { group: n, eventsMax: 1001 })],
    ['wait', (n) => wire.call(methods.pull, { group: n, wait: durationFromMs(60_001) })],
    ['content_view', (n) => wire.call(methods.pull, { group: n, contentView: 9 as ContentView })],
    ['window_events', (n) => wire.streamingPull({ group: n, windowEvents: 1001 }).next()],
    ['delivery_ids', (n) => wire.call(methods.acknowledge, { group: n })],
    ['delivery_ids[1]', (n) => wire.call(methods.acknowledge, { group: n, deliveryIds: [deliveryId, 'x'] })],
    ['delivery_ids', (n) => wire.call(methods.acknowledge, { group: n, deliveryIds: Array(1001).fill(deliveryId) })],
    ['delay', (n) => wire.call(methods.reject, { group: n, deliveryIds: [deliveryId], delay: durationFromMs(-1) })],
    ['reason', (n) => wire.call(methods.reject, { group: n, deliveryIds: [deliveryId], reason: 'x'.repeat(1025) })],
    [
      'lease_duration',
      (n) => wire.call(methods.extendLease, { group: n, deliveryIds: [deliveryId], leaseDuration: durationFromMs(1) }),
    ],
    ['target', (n) => wire.call(methods.seekGroup, { group: n })],
    ['after', (n) => new WiredGroup(wire, n).seek({ case: 'after', value: otherLog })],
    ['page_size', (n) => wire.call(methods.listDeadLetters, { group: n, pageSize: 1001 })],
    ['page_token', (n) => wire.call(methods.listDeadLetters, { group: n, pageToken: otherLog })],
    ['positions[1]', (n) => new WiredGroup(wire, n).replay(1n, 0n)],
    ['positions[0]', (n) => new WiredGroup(wire, n).deleteDeadLetters(-1n)],
  ])('refuse what breaks the rule of %s', async (field, call) => {
    const refusing = group('refusing');
    await refusing.create({});
    const before = await refusing.get();
    const facts = await refusedWith(call(refusing.name));
    expect(facts).toMatchObject({ code: 'RULE_BROKEN', field, fields: [field], outcome: 'none', grpcCode: 3 });
    expect(facts.message).toMatch(/^[a-z_.[\]0-9]+: .{10}/);
    expect(await refusing.get()).toEqual(before);
  });
});
