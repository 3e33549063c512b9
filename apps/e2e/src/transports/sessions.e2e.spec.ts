import { create } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import { EventSchema, OutcomeStatus } from '@oncelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import type { EventInit, EventLogWire, ListQuery, SessionAnswer } from './event-log-wire.ts';
import { everyWire } from './every-wire.ts';
import { OpenSession } from './open-session.ts';
import { refusedWith } from './refused-with.ts';
import { WireFailure } from './wire-failure.ts';

const { STORED, DUPLICATE, CONFLICT } = OutcomeStatus;

const sessionWires = everyWire.filter(([name]) =>
  ['gRPC by grpc-js', 'gRPC by connect-node', 'Connect, binary over HTTP/2'].includes(name),
);

let aggregator: AggregatorProcess;

beforeAll(async () => {
  aggregator = await launchAggregator();
});

afterAll(() => aggregator.end('SIGTERM'));

function eventsOf(topic: string) {
  return (eventId: string, text = '{}'): EventInit => ({
    topic,
    eventId,
    content: { case: 'data', value: Buffer.from(text) },
    contentType: 'application/json',
  });
}

/** Its field 1 says that five bytes follow, and one does. */
function undecodable(): EventInit {
  const event = create(EventSchema, { eventId: 'undecodable' });
  event.$unknown = [{ no: 1, wireType: WireType.LengthDelimited, data: Uint8Array.of(5, 0x78) }];
  return event;
}

const statuses = ({ outcomes }: SessionAnswer) => outcomes.map(({ status }) => status);
const positions = ({ outcomes }: SessionAnswer) => outcomes.map(({ position }) => position);

describe.each(sessionWires)('PublishSession over %s', (name, open) => {
  const topic = `sessions ${name}`;
  const event = eventsOf(topic);
  let wire: EventLogWire;

  beforeAll(() => {
    wire = open(aggregator);
  });

  afterAll(() => wire.close());

  /** A session whose window has been read. */
  async function begin(): Promise<OpenSession> {
    const session = new OpenSession(wire);
    await session.next();
    return session;
  }

  async function idsStored(prefix: string): Promise<string[]> {
    const ids: string[] = [];
    for (let query: ListQuery | undefined = { topic, pageSize: 1000 }; query;) {
      const page = await wire.list(query);
      ids.push(...page.events.map((stored) => stored.event!.eventId));
      query = page.next;
    }
    return ids.filter((id) => id.startsWith(prefix));
  }

  it('tells its window first, before anything is sent', async () => {
    const session = new OpenSession(wire);
    expect(await session.next()).toEqual({
      outcomes: [],
      summary: undefined,
      failure: undefined,
      windowEvents: 16_000,
    });
    session.halfClose();
    expect(await session.rest()).toEqual({ answers: [] });
  });

  it('answers each message while it is open', async () => {
    const session = await begin();
    const before = (await wire.stats()).lastPosition;
    for (let turn = 1n; turn <= 5n; turn += 1n) {
      session.send([event(`turn-${turn}`)]);
      expect(positions(await session.next())).toEqual([before + turn]);
    }
    await session.leave();
  });

  it('answers in the order of its messages, large and small', async () => {
    const sizes = Array.from({ length: 100 }, (_, index) => (index % 9 === 0 ? 200 : 1 + (index % 3)));
    const messages = sizes.map((size, index) => Array.from({ length: size }, (_, at) => event(`order-${index}-${at}`)));
    const before = (await wire.stats()).lastPosition;
    const session = await begin();
    session.send(...messages);
    session.halfClose();
    const { answers, failure } = await session.rest();
    expect(failure).toBeUndefined();
    expect(answers.map(({ outcomes }) => outcomes.length)).toEqual(sizes);
    expect(answers.map(({ summary }) => Number(summary!.stored))).toEqual(sizes);
    const told = answers.flatMap(positions);
    expect(told).toEqual(told.map((_, index) => before + 1n + BigInt(index)));
    expect(await idsStored('order-')).toEqual(messages.flat().map(({ eventId }) => eventId));
  });

  it('tells duplicates and conflicts, with the position of the first, wherever that came from', async () => {
    const [published] = (await wire.publish([event('published')])).outcomes;
    const session = await begin();
    session.send([event('a'), event('a'), event('b')], [event('published'), event('a', '{"n":2}')], [event('b')]);
    session.halfClose();
    const [first, second, third] = (await session.rest()).answers as [SessionAnswer, SessionAnswer, SessionAnswer];
    const [a, , b] = positions(first);
    expect([statuses(first), positions(first)]).toEqual([
      [STORED, DUPLICATE, STORED],
      [a, a, b],
    ]);
    expect(first.summary).toMatchObject({
      received: 3n,
      stored: 2n,
      duplicates: 1n,
      firstPosition: a,
      lastPosition: b,
    });
    expect([statuses(second), positions(second)]).toEqual([
      [DUPLICATE, CONFLICT],
      [published!.position, a],
    ]);
    expect(second.outcomes.every(({ firstStoredTime }) => firstStoredTime !== undefined)).toBe(true);
    expect(second.summary).toMatchObject({ received: 2n, stored: 0n, duplicates: 1n, conflicts: 1n });
    expect([statuses(third), positions(third)]).toEqual([[DUPLICATE], [b]]);
  });

  it.each<[string, readonly EventInit[], object]>([
    ['no events', [], { code: 'RULE_BROKEN', field: 'events' }],
    [
      'a key that is too long',
      [event('refused-0'), event('x'.repeat(513))],
      { code: 'RULE_BROKEN', field: 'events[1].event_id', limit: '512', actual: '513' },
    ],
    [
      'too many events',
      Array.from({ length: 1001 }, (_, at) => event(`refused-${at}`)),
      { code: 'TOO_MANY_EVENTS', field: 'events', limit: '1000', actual: '1001' },
    ],
    [
      'content that is too large',
      [event('refused-0'), event('refused-1', 'x'.repeat(262_145))],
      { code: 'EVENT_TOO_LARGE', field: 'events[1].data', limit: '262144', actual: '262145' },
    ],
  ])('refuses a message with %s in its place as a call is refused, and goes on', async (what, bad, expected) => {
    const asCall = await refusedWith(wire.publish(bad));
    expect(asCall).toMatchObject({ ...expected, outcome: 'none', grpcCode: 3 });
    const before = await wire.stats();
    const session = await begin();
    // Many, so that most of them wait for their commit when the bad one is read.
    const good = Array.from({ length: 20 }, (_, index) => `${what} ${index}`);
    session.send(...good.slice(1).map((id) => [event(id)]), bad, [event(good[0]!)]);
    session.halfClose();
    const { answers, failure } = await session.rest();
    expect(failure).toBeUndefined();
    const told = answers.map((answer) => answer.failure ?? statuses(answer));
    expect(told).toEqual([...good.slice(1).map(() => [STORED]), asCall, [STORED]]);
    expect(answers.at(-2)).toMatchObject({ outcomes: [], summary: undefined });
    expect(await idsStored(what)).toEqual([...good.slice(1), good[0]]);
    expect(await idsStored('refused-')).toEqual([]);
    const after = await wire.stats();
    expect([after.counters!.received, after.refusedRequests]).toEqual([
      before.counters!.received + BigInt(good.length),
      before.refusedRequests + 1n,
    ]);
  });

  it('ends at a message that cannot be decoded, behind the answers to what came before', async () => {
    const session = await begin();
    session.send([event('decoded-1')], [event('decoded-2'), event('decoded-1')], [undecodable()], [event('decoded-3')]);
    const { answers, failure } = await session.rest();
    expect(answers.map(statuses)).toEqual([[STORED], [STORED, DUPLICATE]]);
    expect(failure).toBeInstanceOf(WireFailure);
    const { facts } = failure as WireFailure;
    expect(facts).toMatchObject({ code: 'MALFORMED', field: 'events[0].topic', outcome: 'none', grpcCode: 3 });
    expect(await idsStored('decoded-')).toEqual(['decoded-1', 'decoded-2']);
  });

  it('keeps what it has answered to a client that leaves, and takes the rest again from the next one', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `left-${String(index).padStart(2, '0')}`);
    const unanswered = new Set(ids);
    for (let visit = 0; unanswered.size > 0; visit += 1) {
      const session = await begin();
      const sent = [...unanswered];
      session.send(...sent.map((id) => [event(id)]));
      for (const id of sent.slice(0, 1 + visit * 10)) {
        const [outcome] = (await session.next()).outcomes;
        expect((await wire.getEvent(topic, id)).position).toBe(outcome!.position);
        unanswered.delete(id);
      }
      await session.leave();
    }
    expect((await idsStored('left-')).sort()).toEqual(ids);
  });
});

describe('a session', () => {
  it('is answered the same on all transports', async () => {
    const tellings = [];
    for (const [name, open] of sessionWires) {
      const wire = open(aggregator);
      const event = eventsOf(`the same ${name}`);
      const { lastPosition } = await wire.stats();
      const session = new OpenSession(wire);
      session.send(
        [event('a'), event('b')],
        [event('a', '[1]'), event('c')],
        [],
        [event('b'), { topic: '', eventId: '\u0000' }],
        [event('c')],
        [undecodable()],
      );
      const { answers, failure } = await session.rest();
      wire.close();
      tellings.push({
        answers: answers.map(({ outcomes, summary, failure: refusal, windowEvents }) => ({
          outcomes: outcomes.map(({ status, position }) => [status, position - lastPosition]),
          summary: summary && [summary.received, summary.stored, summary.duplicates, summary.conflicts],
          refusal,
          windowEvents,
        })),
        failure: failure instanceof WireFailure && failure.facts,
      });
    }
    const [first, ...others] = tellings;
    const refusals = first!.answers.map(({ refusal }) => refusal?.field);
    expect(refusals).toEqual([undefined, undefined, undefined, 'events', 'events[1].topic', undefined]);
    expect(first!.failure).toMatchObject({ code: 'MALFORMED' });
    for (const telling of others) expect(telling).toEqual(first);
  });

  it('is not there where a stream cannot be answered while it is sent', () => {
    const without = everyWire.filter((wire) => !sessionWires.includes(wire));
    expect(without.map(([name, open]) => [name, open(aggregator).publishSession])).toEqual([
      ['gRPC-Web', undefined],
      ['Connect, JSON over HTTP/1.1', undefined],
      ['REST', undefined],
    ]);
  });
});
