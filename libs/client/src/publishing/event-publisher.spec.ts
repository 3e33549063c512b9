import { OutcomeStatus } from '@oncelog/protocol';
import { describe, expect, it, vi } from 'vitest';
import { OncelogClientError } from '../failures/client-error.ts';
import { EventPublisher, type PublisherOptions } from './event-publisher.ts';
import { defaultRetryPolicy } from '../calls/retry.ts';
import { publishBySessions } from './session-publishing.ts';
import { type ScriptedSession, ScriptedSessions } from '../testing/scripted-sessions.ts';

const broken = new OncelogClientError('UNREACHABLE', 'broken');
const retry = { ...defaultRetryPolicy, attemptsMax: 3, delayBaseMs: 0, delayMaxMs: 0 };
const wide = (session: ScriptedSession) => session.openWindow(10_000);
const prompt = (session: ScriptedSession) => session.answer();
const turn = () => new Promise((resolve) => setImmediate(resolve));

function open(sessions: ScriptedSessions, options: PublisherOptions = {}): EventPublisher {
  return new EventPublisher(
    (batches, more) => publishBySessions(sessions, batches, { retry, timeoutMs: 10_000 }, more),
    options,
  );
}

const event = (eventId: string, payload: object = {}) => ({ topic: 't', eventId, payload });

/** Of the only session: the sizes of its messages. */
const sizes = ({ sessions }: ScriptedSessions) =>
  sessions.flatMap(({ received }) => received.map(({ length }) => length));

function refusalOf(...places: number[]): OncelogClientError {
  const violations = places.map((place) => ({ field: `events[${place}].topic`, description: 'is too long' }));
  return new OncelogClientError('RULE_BROKEN', 'is too long', { violations, outcome: 'none' });
}

describe('a publisher of events', () => {
  it('sends at once what is published while nothing is on its way, together when it comes together', async () => {
    const sessions = new ScriptedSessions(wide, prompt);
    const publisher = open(sessions, { lingerMs: 60_000 });
    const outcomes = await Promise.all([1, 2, 3].map((id) => publisher.publish(event(String(id)))));
    expect(outcomes.map(({ status }) => status)).toEqual(Array(3).fill(OutcomeStatus.STORED));
    await publisher.publish(event('4'));
    expect(sizes(sessions)).toEqual([3, 1]);
    await publisher.close();
  });

  it('fills batches by number and by bytes while others are on their way', async () => {
    const sessions = new ScriptedSessions(wide);
    const publisher = open(sessions, { lingerMs: 60_000, batchEventsMax: 3, batchBytesMax: 2000 });
    const published = [publisher.publish(event('first'))];
    await vi.waitFor(() => expect(sizes(sessions)).toEqual([1]));
    const text = 'x'.repeat(900);
    for (const id of ['a', 'b', 'c', 'd']) published.push(publisher.publish(event(id)));
    for (const id of ['e', 'f']) published.push(publisher.publish(event(id, { text })));
    for (let turns = 0; turns < 5; turns += 1) await turn();
    // d and e fit 2,000 bytes; f waits for others.
    expect(sizes(sessions)).toEqual([1, 3, 2]);
    const [session] = sessions.sessions;
    for (let message = 0; message < 3; message += 1) session!.answer();
    await vi.waitFor(() => expect(sizes(sessions)).toEqual([1, 3, 2, 1]));
    session!.answer();
    await Promise.all(published);
    await publisher.close();
  });

  it('lets an event wait for others no longer than the time to linger', async () => {
    const sessions = new ScriptedSessions(wide);
    const publisher = open(sessions, { lingerMs: 1 });
    const published = [publisher.publish(event('a'))];
    await vi.waitFor(() => expect(sizes(sessions)).toEqual([1]));
    published.push(publisher.publish(event('b')));
    await vi.waitFor(() => expect(sizes(sessions)).toEqual([1, 1]));
    sessions.sessions[0]!.answer();
    sessions.sessions[0]!.answer();
    await Promise.all(published);
    await publisher.close();
  });

  it('makes an id in the order of time for what has none, and keeps one that is given', async () => {
    const sessions = new ScriptedSessions(wide, prompt);
    const publisher = open(sessions);
    await Promise.all([publisher.publish({ topic: 't' }), publisher.publish({ topic: 't' })]);
    await publisher.publish(event('mine'));
    const [first, second, third] = sessions.sessions[0]!.received.flat();
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(second! > first!).toBe(true);
    expect(third).toBe('mine');
    await publisher.close();
  });

  it('keeps the order of its calls, and its ids, over a session that breaks', async () => {
    const sessions = new ScriptedSessions(wide, (session) => {
      if (sessions.sessions.length === 1 && session.received.length === 2) session.fail(broken);
      else session.answer();
    });
    const publisher = open(sessions, { batchEventsMax: 2 });
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    await Promise.all(ids.map((id) => publisher.publish(event(id))));
    const [first, second] = sessions.sessions.map(({ received }) => received.flat());
    expect(first).toEqual(['a', 'b', 'c', 'd']);
    expect(second).toEqual(['c', 'd', 'e', 'f']);
    await publisher.close();
  });
});

describe('its memory', () => {
  it('is bounded: an event beyond it waits for room, in its order', async () => {
    const sessions = new ScriptedSessions(wide);
    const publisher = open(sessions, { bufferEventsMax: 2, batchEventsMax: 1 });
    const published = ['a', 'b', 'c', 'd'].map((id) => publisher.publish(event(id)));
    let isReady = false;
    const ready = publisher.ready().then(() => (isReady = true));
    await vi.waitFor(() => expect(sizes(sessions)).toEqual([1, 1]));
    for (let turns = 0; turns < 5; turns += 1) await turn();
    const [session] = sessions.sessions;
    expect(session!.received.flat()).toEqual(['a', 'b']);
    session!.answer();
    session!.answer();
    await vi.waitFor(() => expect(session!.received.flat()).toEqual(['a', 'b', 'c', 'd']));
    expect(isReady).toBe(false);
    session!.answer();
    await ready;
    session!.answer();
    await Promise.all(published);
    await publisher.close();
  });

  it('is bounded in bytes, but takes one event at least', async () => {
    const sessions = new ScriptedSessions(wide);
    const publisher = open(sessions, { bufferBytesMax: 500 });
    const published = [publisher.publish(event('large', { text: 'x'.repeat(1000) })), publisher.publish(event('next'))];
    await vi.waitFor(() => expect(sizes(sessions)).toEqual([1]));
    for (let turns = 0; turns < 5; turns += 1) await turn();
    expect(sizes(sessions)).toEqual([1]);
    sessions.sessions[0]!.answer();
    await vi.waitFor(() => expect(sizes(sessions)).toEqual([1, 1]));
    sessions.sessions[0]!.answer();
    await Promise.all(published);
    await publisher.close();
  });

  it('keeps the order of what waits: a small event does not overtake a large one that finds no room', async () => {
    const sessions = new ScriptedSessions(wide);
    const publisher = open(sessions, { bufferBytesMax: 1000, batchEventsMax: 1 });
    const published = [
      publisher.publish(event('a')),
      publisher.publish(event('large', { text: 'x'.repeat(700) })),
      publisher.publish(event('b')),
    ];
    for (let answers = 1; answers <= 3; answers += 1) {
      await vi.waitFor(() => expect(sizes(sessions)).toHaveLength(answers));
      sessions.sessions[0]!.answer();
    }
    await Promise.all(published);
    expect(sessions.sessions[0]!.received.flat()).toEqual(['a', 'large', 'b']);
    await publisher.close();
  });

  it.each([
    { batchEventsMax: 1001 },
    { batchBytesMax: 0 },
    { lingerMs: -1 },
    { bufferEventsMax: 0.5 },
    { bufferBytesMax: Number.NaN },
  ])('refuses what is out of its bounds: %j', (options) => {
    const [name] = Object.keys(options);
    expect(() => open(new ScriptedSessions(), options)).toThrow(`${name}: must be a whole number from`);
  });
});

describe('a refused event', () => {
  it('fails alone, with the path inside it; the others of its batch are stored', async () => {
    const sessions = new ScriptedSessions(wide, (session) =>
      session.answer(session.received.length === 1 ? refusalOf(1) : undefined),
    );
    const publisher = open(sessions);
    const results = await Promise.allSettled(['a', 'b', 'c'].map((id) => publisher.publish(event(id))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: 'RULE_BROKEN', message: 'topic: is too long' } });
    expect(sessions.sessions[0]!.received).toEqual([
      ['a', 'b', 'c'],
      ['a', 'c'],
    ]);
    await publisher.close();
  });

  it('fails with its whole batch when the refusal names none', async () => {
    const sessions = new ScriptedSessions(wide, (session) => session.answer(refusalOf()));
    const publisher = open(sessions);
    const results = await Promise.allSettled(['a', 'b'].map((id) => publisher.publish(event(id))));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await publisher.close();
  });

  it('of the last batch does not lose the others when it is closed meanwhile', async () => {
    const sessions = new ScriptedSessions(wide);
    const publisher = open(sessions);
    const published = Promise.allSettled(['a', 'b'].map((id) => publisher.publish(event(id))));
    await vi.waitFor(() => expect(sizes(sessions)).toEqual([2]));
    const closed = publisher.close();
    sessions.sessions[0]!.answer(refusalOf(0));
    await vi.waitFor(() => expect(sizes(sessions)).toEqual([2, 1]));
    sessions.sessions[0]!.answer();
    expect((await published).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await closed;
  });

  it('that is wrong before it is sent rejects, and nothing is sent', async () => {
    const sessions = new ScriptedSessions(wide);
    const publisher = open(sessions);
    await expect(publisher.publish({ topic: 't', payload: [] })).rejects.toMatchObject({ code: 'RULE_BROKEN' });
    expect(sessions.sessions).toEqual([]);
  });
});

describe('an end', () => {
  it('of the retries fails what was sent as unknown, the rest as not stored; the next event begins anew', async () => {
    const sessions = new ScriptedSessions((session) => {
      session.openWindow(1);
      if (sessions.sessions.length > 3) return;
      void turn().then(() => session.fail(broken));
    });
    const publisher = open(sessions, { batchEventsMax: 1 });
    const results = await Promise.allSettled(['a', 'b'].map((id) => publisher.publish(event(id))));
    expect(results).toMatchObject([{ reason: { outcome: 'unknown' } }, { reason: { outcome: 'none' } }]);
    const next = publisher.publish(event('c'));
    await vi.waitFor(() => expect(sessions.sessions.at(-1)!.received).toEqual([['c']]));
    sessions.sessions.at(-1)!.answer();
    expect(await next).toMatchObject({ status: OutcomeStatus.STORED });
    await publisher.close();
  });

  it('flushed, leaves nothing to linger, and resolves when all is settled', async () => {
    const sessions = new ScriptedSessions(wide);
    const publisher = open(sessions, { lingerMs: 60_000 });
    const published = [publisher.publish(event('a'))];
    await vi.waitFor(() => expect(sizes(sessions)).toEqual([1]));
    published.push(publisher.publish(event('b')));
    let isFlushed = false;
    const flushed = publisher.flush().then(() => (isFlushed = true));
    await vi.waitFor(() => expect(sizes(sessions)).toEqual([1, 1]));
    sessions.sessions[0]!.answer();
    await turn();
    expect(isFlushed).toBe(false);
    sessions.sessions[0]!.answer();
    await flushed;
    await Promise.all(published);
    await publisher.close();
  });

  it('closed, settles all that it took, ends its session, and takes no more', async () => {
    const sessions = new ScriptedSessions(wide, prompt);
    const publisher = open(sessions);
    const published = ['a', 'b'].map((id) => publisher.publish(event(id)));
    await publisher.close();
    await Promise.all(published);
    expect(sessions.sessions[0]!.ended).toBe(true);
    await expect(publisher.publish(event('c'))).rejects.toMatchObject({ code: 'CANCELLED', outcome: 'none' });
    await open(new ScriptedSessions()).close();
  });
});
