import { create } from '@bufbuild/protobuf';
import { type Event, EventSchema } from '@oncelog/protocol';
import { describe, expect, it, vi } from 'vitest';
import { OncelogClientError } from '../failures/client-error.ts';
import { defaultRetryPolicy } from '../calls/retry.ts';
import { publishBySessions, type PublishSessionOptions, type SessionProgress } from './session-publishing.ts';
import { type ScriptedSession, ScriptedSessions } from '../testing/scripted-sessions.ts';

const broken = new OncelogClientError('UNREACHABLE', 'broken');
const refusal = new OncelogClientError('RULE_BROKEN', 'events[0].topic: is required', { outcome: 'none' });
const settings = { retry: { ...defaultRetryPolicy, delayBaseMs: 0, delayMaxMs: 0 }, timeoutMs: 10_000 };

function batch(...ids: number[]): Event[] {
  return ids.map((id) => create(EventSchema, { topic: 't', eventId: String(id) }));
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

const wide = (session: ScriptedSession) => session.openWindow(100);

/** Answers everything at once. */
const prompt = (session: ScriptedSession) => {
  session.answer();
};

function publish(
  sessions: ScriptedSessions,
  batches: AsyncIterable<Event[]> | Event[][],
  options: PublishSessionOptions = {},
) {
  return publishBySessions(sessions, batches, settings, options);
}

describe('publishing by sessions', () => {
  it('sends nothing before the window is told, and no further than it', async () => {
    const sessions = new ScriptedSessions();
    const publishing = publish(sessions, [batch(1, 2), batch(3), batch(4), batch(5)]);
    await turn();
    const [session] = sessions.sessions;
    expect(session!.received).toEqual([]);
    session!.openWindow(3);
    await turn();
    expect(session!.received).toEqual([['1', '2'], ['3']]);
    session!.answer();
    await turn();
    expect(session!.received).toEqual([['1', '2'], ['3'], ['4'], ['5']]);
    for (let left = 0; left < 3; left += 1) session!.answer();
    session!.finish();
    expect(await publishing).toMatchObject({ sent: 5, resent: 0, unconfirmed: 0, acknowledged: { received: 5 } });
  });

  it('sends again, in order, exactly what has no answer, and forgets what has one', async () => {
    const sessions = new ScriptedSessions(wide);
    const publishing = publish(sessions, [batch(1), batch(2, 3), batch(4)]);
    await turn();
    const [first] = sessions.sessions;
    first!.answer();
    first!.fail(broken);
    await vi.waitFor(() => expect(sessions.sessions[1]?.received).toEqual([['2', '3'], ['4']]));
    const [, second] = sessions.sessions;
    second!.answer();
    second!.answer();
    second!.finish();
    expect(await publishing).toMatchObject({ sent: 7, resent: 3, brokenSessions: 1, acknowledged: { received: 4 } });
  });

  it('tells of the batches in their order, and reads no further while it is listened to', async () => {
    const sessions = new ScriptedSessions(wide, prompt);
    const told: string[] = [];
    let read = 0;
    function* source() {
      for (; read < 5; read += 1) yield batch(read);
    }
    const { promise: heard, resolve: hear } = Promise.withResolvers<void>();
    const publishing = publishBySessions(sessions, source(), settings, {
      async onOutcomes([event], outcomes) {
        told.push(`${event!.eventId}:${outcomes.length}`);
        await heard;
      },
    });
    for (let turns = 0; turns < 5; turns += 1) await turn();
    expect({ told, read }).toEqual({ told: ['0:1'], read: 0 });
    hear();
    await publishing;
    expect(told).toEqual(['0:1', '1:1', '2:1', '3:1', '4:1']);
  });

  it('goes on behind a refused batch when somebody listens', async () => {
    const sessions = new ScriptedSessions(wide, (session) =>
      session.answer(session.received.length === 2 ? refusal : undefined),
    );
    const refused: string[] = [];
    const progress = await publish(sessions, [batch(1), batch(2), batch(3)], {
      onRefused: ([event], { code }) => void refused.push(`${event!.eventId}:${code}`),
    });
    expect(refused).toEqual(['2:RULE_BROKEN']);
    expect(progress).toMatchObject({ acknowledged: { received: 2 }, unconfirmed: 0 });
  });

  it('ends with the failure of a refused batch when nobody listens, behind what was on its way', async () => {
    const sessions = new ScriptedSessions(wide);
    let progress: SessionProgress | undefined;
    async function* source() {
      for (let read = 1; read <= 3; read += 1) yield batch(read);
      await new Promise(() => {});
    }
    const publishing = publish(sessions, source(), { onProgress: (current) => (progress = current) });
    publishing.catch(() => {});
    await vi.waitFor(() => expect(sessions.sessions[0]?.received.length).toBe(3));
    const [session] = sessions.sessions;
    session!.answer(refusal);
    await vi.waitFor(() => expect(session!.ended).toBe(true));
    session!.answer();
    session!.answer();
    session!.finish();
    await expect(publishing).rejects.toBe(refusal);
    expect(progress).toMatchObject({ unconfirmed: 0, acknowledged: { received: 2 } });
  });

  it('opens no session for an empty source, and passes over empty batches', async () => {
    const sessions = new ScriptedSessions(wide, prompt);
    await publish(sessions, []);
    await publish(sessions, [[], []]);
    expect(sessions.sessions).toEqual([]);
  });

  it('opens none while the source is silent after one has broken, and loses nothing of it', async () => {
    const sessions = new ScriptedSessions(wide, prompt);
    const { promise: more, resolve: go } = Promise.withResolvers<void>();
    async function* source() {
      yield batch(1);
      await more;
      yield batch(2);
    }
    // What breaks while nothing is on its way is no failed attempt.
    const retry = { ...settings.retry, attemptsMax: 1 };
    const publishing = publishBySessions(sessions, source(), { ...settings, retry }, {});
    await vi.waitFor(() => expect(sessions.sessions[0]?.received).toHaveLength(1));
    sessions.sessions[0]!.fail(broken);
    for (let turns = 0; turns < 5; turns += 1) await turn();
    expect(sessions.sessions).toHaveLength(1);
    go();
    expect(await publishing).toMatchObject({ acknowledged: { received: 2 }, resent: 0, brokenSessions: 1 });
    expect(sessions.sessions.map(({ received }) => received)).toEqual([[['1']], [['2']]]);
  });

  it('does not believe an answer that misses outcomes', async () => {
    const sessions = new ScriptedSessions(wide, (session) => {
      session.received[0]!.pop();
      session.answer();
    });
    await expect(publish(sessions, [batch(1, 2, 3)])).rejects.toThrow('a message of 3 events got 2 outcomes');
  });

  it('does not believe a session that ends before its answers', async () => {
    const sessions = new ScriptedSessions(wide, (session) => session.finish());
    const publishing = publish(sessions, [batch(1)]);
    await expect(publishing).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('does not believe the end of a session that it has asked for, before everything is answered', async () => {
    const sessions = new ScriptedSessions(wide);
    const publishing = publish(sessions, [batch(1), batch(2)]);
    await vi.waitFor(() => expect(sessions.sessions[0]?.ended).toBe(true));
    sessions.sessions[0]!.answer();
    sessions.sessions[0]!.finish();
    await vi.waitFor(() => expect(sessions.sessions[1]?.received).toEqual([['2']]));
    sessions.sessions[1]!.answer();
    sessions.sessions[1]!.finish();
    expect(await publishing).toMatchObject({ acknowledged: { received: 2 }, resent: 1, brokenSessions: 1 });
  });

  it('gives up when sessions keep breaking, and not before what the retries allow', async () => {
    const sessions = new ScriptedSessions((session) => session.fail(broken));
    await expect(publish(sessions, [batch(1)])).rejects.toBe(broken);
    expect(sessions.sessions).toHaveLength(defaultRetryPolicy.attemptsMax);
  });

  it('breaks a session that leaves everything unanswered, and says so in one plain sentence', async () => {
    const sessions = new ScriptedSessions(wide);
    const retry = { ...settings.retry, attemptsMax: 1 };
    const publishing = publishBySessions(sessions, [batch(1)], { retry, timeoutMs: 20 }, {});
    await expect(publishing).rejects.toMatchObject({ code: 'TIMED_OUT', message: 'no answer within 0.02 s' });
    expect(sessions.sessions[0]!.cancelled).toBe(true);
  });

  it('fails with what the source throws, when what came before is confirmed', async () => {
    const sessions = new ScriptedSessions(wide);
    const fault = new Error('a fault of the caller');
    async function* source() {
      yield batch(1);
      throw fault;
    }
    let progress: SessionProgress | undefined;
    const publishing = publish(sessions, source(), { onProgress: (current) => (progress = current) });
    publishing.catch(() => {});
    await vi.waitFor(() => expect(sessions.sessions[0]?.ended).toBe(true));
    sessions.sessions[0]!.answer();
    sessions.sessions[0]!.finish();
    await expect(publishing).rejects.toBe(fault);
    expect(progress).toMatchObject({ acknowledged: { received: 1 }, unconfirmed: 0 });
  });

  it('fails at once with what a listener throws', async () => {
    const sessions = new ScriptedSessions(wide, prompt);
    const fault = new Error('a fault of the caller');
    const onOutcomes = () => Promise.reject(fault);
    await expect(publish(sessions, [batch(1), batch(2)], { onOutcomes })).rejects.toBe(fault);
  });
});

describe('a stop', () => {
  it('reads nothing more and confirms what was sent', async () => {
    const sessions = new ScriptedSessions(wide);
    const stopping = new AbortController();
    let read = 0;
    async function* source() {
      for (; ; read += 1) {
        if (read === 2) await new Promise(() => {});
        yield batch(read);
      }
    }
    const publishing = publish(sessions, source(), { signal: stopping.signal });
    await vi.waitFor(() => expect(sessions.sessions[0]?.received).toHaveLength(2));
    stopping.abort();
    const [session] = sessions.sessions;
    await vi.waitFor(() => expect(session!.ended).toBe(true));
    session!.answer();
    session!.answer();
    session!.finish();
    expect(await publishing).toMatchObject({ acknowledged: { received: 2 }, unconfirmed: 0 });
  });

  it('ends when the time to confirm is over, and says what stays unconfirmed', async () => {
    const sessions = new ScriptedSessions(wide);
    const stopping = new AbortController();
    const publishing = publish(sessions, [batch(1, 2)], { signal: stopping.signal, confirmMs: 20 });
    await vi.waitFor(() => expect(sessions.sessions[0]?.received).toHaveLength(1));
    stopping.abort();
    expect(await publishing).toMatchObject({ acknowledged: { received: 0 }, unconfirmed: 2, brokenSessions: 0 });
    expect(sessions.sessions[0]!.cancelled).toBe(true);
  });

  it('goes on trying to confirm, while there is time, when the aggregator is away', async () => {
    const stopping = new AbortController();
    const sessions = new ScriptedSessions(
      (session) => (sessions.sessions.length < 3 ? session.fail(broken) : session.openWindow(10)),
      prompt,
    );
    const progress = await publish(sessions, [batch(1)], { signal: stopping.signal, onRetry: () => stopping.abort() });
    expect(progress).toMatchObject({ acknowledged: { received: 1 }, unconfirmed: 0 });
  });
});
