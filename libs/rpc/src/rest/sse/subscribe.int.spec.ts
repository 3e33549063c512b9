import { encodeCursor, OncelogError } from '@oncelog/core';
import { append, jsonContent, sampleEvent } from '@oncelog/core/testing';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { EventStreamBlocks } from '../testing/event-stream-blocks.ts';
import { type CallHeaders, type Dial, dialHttp1, everyHttp, type OpenCall, whole } from '../testing/http-calls.ts';
import { openRestServer, type RestServer, type RestServerOptions, until } from '../testing/rest-server.ts';

let server: RestServer;
afterEach(() => server.close());

async function open(options: RestServerOptions = {}, dial: Dial = dialHttp1) {
  server = await openRestServer(options);
  return (query = '', headers: CallHeaders = {}) => {
    const call = dial(server.port, 'GET', `/subscribe${query}`, headers);
    call.body.end();
    return call;
  };
}

const publish = (...ids: readonly string[]) => append(server.store, [ids.map((id) => sampleEvent('t', id))]);
const cursor = (position: number) => encodeCursor(server.store.logId, position);

function failureIn(text: string) {
  const data = /event: failure\ndata: (.*)\n\n$/.exec(text)?.[1];
  return JSON.parse(data ?? expect.fail(`no failure at the end of ${text.slice(-500)}`)) as Record<string, unknown>;
}

describe.each(everyHttp)('GET /subscribe over %s', (_name, dial) => {
  it('streams what is stored, that it has caught up, and what is stored from then on', async () => {
    const subscribe = await open({}, dial);
    await publish('a', 'b');
    const call = subscribe();
    const { status, headers } = await call.answered;
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const blocks = await EventStreamBlocks.of(call);
    expect(await blocks.next()).toBe('retry: 1000');
    expect(await blocks.next()).toMatch(
      new RegExp(`^id: ${cursor(1)}\ndata: {"topic":"t","event_id":"a",.*"position":1`),
    );
    expect(await blocks.next()).toMatch(new RegExp(`^id: ${cursor(2)}\ndata: {"topic":"t","event_id":"b",`));
    expect(await blocks.next()).toBe(`id: ${cursor(2)}\nevent: caught-up\ndata: {"cursor":"${cursor(2)}"}`);
    await publish('c');
    expect(await blocks.next()).toMatch(new RegExp(`^id: ${cursor(3)}\ndata: {"topic":"t","event_id":"c",`));
    call.leave();
  });

  it('goes on behind Last-Event-ID, which wins over where the query began', async () => {
    const subscribe = await open({}, dial);
    await publish('a', 'b', 'c');
    for (const query of ['', `?after=${cursor(1)}`, '?from=now', '?from=beginning']) {
      const call = subscribe(query, { 'last-event-id': cursor(2) });
      expect(await (await EventStreamBlocks.of(call)).eventsUntil('c')).toEqual(['c']);
      call.leave();
    }
  });

  it('ends behind what is stored when asked to', async () => {
    const subscribe = await open({}, dial);
    await publish('a');
    const { text } = await whole(subscribe('?until=end'));
    expect(text).toMatch(/event: caught-up\ndata: .*\n\n$/);
    await until(() => server.subscriptions.count === 0);
  });

  it('gives a sign of life when nothing comes', async () => {
    const subscribe = await open({ limits: { heartbeatMsDefault: 20, heartbeatMsMin: 1 } }, dial);
    await publish('a');
    const call = subscribe('?from=now&topic=none');
    const blocks = await EventStreamBlocks.of(call);
    expect([await blocks.next(), await blocks.next()].at(1)).toContain('caught-up');
    for (let signs = 0; signs < 3; signs += 1) expect(await blocks.next()).toBe(`id: ${cursor(1)}\n: heartbeat`);
    call.leave();
  });

  it('counts a subscriber for as long as its client stays', async () => {
    const subscribe = await open({}, dial);
    const calls = Array.from({ length: 20 }, () => subscribe());
    await Promise.all(calls.map(({ answered }) => answered));
    expect(server.subscriptions.count).toBe(20);
    for (const call of calls) call.leave();
    await until(() => server.subscriptions.count === 0);
    expect(server.state.refusedRequests).toBe(0);
  });

  it('puts a live event into words once for all who follow', async () => {
    const subscribe = await open({}, dial);
    const calls = Array.from({ length: 20 }, () => subscribe());
    const readers = await Promise.all(calls.map((call) => EventStreamBlocks.of(call)));
    for (const blocks of readers) while (!(await blocks.next())?.includes('caught-up'));
    const stringify = vi.spyOn(JSON, 'stringify');
    onTestFinished(() => stringify.mockRestore());
    await publish('live');
    for (const blocks of readers) expect(await blocks.eventsUntil('live')).toEqual(['live']);
    const put = stringify.mock.calls.filter(([value]) => (value as { event_id?: string }).event_id === 'live');
    expect(put).toHaveLength(1);
    for (const call of calls) call.leave();
  });

  it('lets go of a client that leaves in the middle of what it does not read', async () => {
    const subscribe = await open({}, dial);
    await publishMuch();
    const call = subscribe();
    await call.answered;
    await until(async () => (await unread(call)) > 0);
    expect(server.subscriptions.count).toBe(1);
    call.leave();
    await until(() => server.subscriptions.count === 0);
  });

  it('tells a reader that took nothing for too long where to go on, when it reads on', async () => {
    const subscribe = await open({ limits: { readerStallMs: 50 } }, dial);
    await publishMuch();
    const call = subscribe();
    await call.answered;
    await until(() => server.state.refusedRequests === 1);
    expect(server.subscriptions.count).toBe(0);
    const { text } = await whole(call);
    const ids = [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id);
    expect(ids.length).toBeLessThan(muchEvents);
    expect(failureIn(text)).toMatchObject({ code: 'READER_STALLED', field: 'reader', limit: 50, cursor: ids.at(-1) });
    const next = subscribe('', { 'last-event-id': ids.at(-1)! });
    expect((await (await EventStreamBlocks.of(next)).eventsUntil(`e${ids.length}`)).length).toBe(1);
    next.leave();
  });

  it('tells of a store that fails in the middle, and ends', async () => {
    const subscribe = await open({}, dial);
    await publish('a');
    const call = subscribe();
    const blocks = await EventStreamBlocks.of(call);
    expect(await blocks.eventsUntil('a')).toEqual(['a']);
    expect(await blocks.next()).toContain('caught-up');
    server.store.tail = () => Promise.reject(new OncelogError('STORE_UNAVAILABLE', 'gone'));
    await publish('b');
    expect(failureIn(`${await blocks.next()}\n\n`)).toMatchObject({ code: 'STORE_UNAVAILABLE', cursor: cursor(1) });
    expect(await blocks.next()).toBeUndefined();
    expect(server.state.refusedRequests).toBe(1);
    expect(server.subscriptions.count).toBe(0);
  });

  it('ends at once when the server shuts down, with the reason and the place to go on from', async () => {
    const subscribe = await open({}, dial);
    await publish('a');
    const call = subscribe();
    const blocks = await EventStreamBlocks.of(call);
    await blocks.eventsUntil('a');
    const closing = server.close(60_000);
    expect(await blocks.next()).toContain('caught-up');
    expect(failureIn(`${await blocks.next()}\n\n`)).toMatchObject({
      code: 'SHUTTING_DOWN',
      retry_after_ms: 1000,
      cursor: cursor(1),
    });
    expect(await blocks.next()).toBeUndefined();
    await closing;
  });
});

/** More than all buffers between the two ends take. */
const muchEvents = 150;

async function publishMuch(): Promise<void> {
  const content = jsonContent(JSON.stringify({ text: 'x'.repeat(200_000) }));
  const events = Array.from({ length: muchEvents }, (_, index) => sampleEvent('t', `e${index}`, { content }));
  await append(server.store, [events]);
}

/** What has come and waits for the client to read it. */
async function unread({ answered }: OpenCall): Promise<number> {
  return (await answered).body.readableLength;
}

describe('before the stream begins', () => {
  it.each([
    ['an unknown parameter', '?topics=a', {}, 422, 'RULE_BROKEN', 'topics'],
    ['a cursor that is none', '?after=x', {}, 422, 'RULE_BROKEN', 'after'],
    ['a Last-Event-ID that is none', '', { 'last-event-id': 'x' }, 422, 'RULE_BROKEN', 'last-event-id'],
    ['a cursor and a place to begin', '?after=x&from=now', {}, 422, 'RULE_BROKEN', 'from'],
    ['an empty topic', '?topic=a&topic=', {}, 422, 'RULE_BROKEN', 'topic[1]'],
    ['an attribute without a key', '?attribute.=x', {}, 422, 'RULE_BROKEN', 'attribute.'],
    ['a heartbeat too rare', '?heartbeat=61', {}, 422, 'RULE_BROKEN', 'heartbeat'],
  ])('%s is refused with a status of its own', async (_name, query, headers, status, code, field) => {
    const subscribe = await open();
    const answer = await whole(subscribe(query, headers));
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toContain('application/json');
    expect(JSON.parse(answer.text)).toMatchObject({ code, field });
    expect(server.subscriptions.count).toBe(0);
  });

  it('a place that the log has not reached is refused, and so is one subscriber too many', async () => {
    const subscribe = await open({ limits: { subscribersMax: 1 } });
    const beyond = await whole(subscribe('', { 'last-event-id': cursor(7) }));
    expect([beyond.status, JSON.parse(beyond.text).field]).toEqual([422, 'last-event-id']);
    const first = subscribe();
    await first.answered;
    const second = await whole(subscribe());
    expect([second.status, second.headers['retry-after']]).toEqual([429, '5']);
    first.leave();
  });

  it('a HEAD is told the head of what a GET would be', async () => {
    await open();
    const head = await whole(dialHttp1(server.port, 'HEAD', '/subscribe?topic=t'));
    expect([head.status, head.headers['content-type'], head.text]).toEqual([200, 'text/event-stream', '']);
    expect((await whole(dialHttp1(server.port, 'HEAD', '/subscribe?topics=t'))).status).toBe(422);
    expect(server.subscriptions.count).toBe(0);
  });

  it('a page of an allowed origin may read it', async () => {
    const subscribe = await open({ corsOrigins: ['https://app.example.com'] });
    const call = subscribe('', { origin: 'https://app.example.com' });
    expect((await call.answered).headers['access-control-allow-origin']).toBe('https://app.example.com');
    call.leave();
  });
});

describe('an erased event', () => {
  it('is told by its key, whatever the source that is asked for', async () => {
    const subscribe = await open();
    await publish('a');
    await server.store.erase('t', 'a');
    const { text } = await whole(subscribe('?until=end&source=other'));
    expect(text).toContain(`id: ${cursor(1)}\nevent: erased\ndata: {"topic":"t","event_id":"a","position":1,`);
  });
});
