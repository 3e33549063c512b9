import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRestServer, type RestServerOptions } from './testing/rest-server.ts';

const json = { 'content-type': 'application/json' };

async function open(options?: RestServerOptions) {
  const server = await openRestServer(options);
  onTestFinished(() => server.close());
  const send = async (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = json) => {
    const response = await fetch(server.url + path, { method: 'POST', headers, body });
    return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
  };
  const publish = (...events: object[]) => send('/publish', JSON.stringify(events));
  return { server, send, publish };
}

const event = (id: string, payload?: object) => ({ topic: 't', event_id: id, payload });

describe('POST /check', () => {
  it('answers in order what would become of each event, and stores nothing', async () => {
    const { server, send, publish } = await open();
    await publish(event('a', { n: 1 }), event('b', { n: 1 }));
    const before = await server.entries();
    const body = JSON.stringify([event('b', { n: 2 }), event('c'), event('a', { n: 1 }), event('c')]);
    const { status, answer } = await send('/check', body);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(status).toBe(200);
    expect(answer).toStrictEqual({
      checked: [
        { topic: 't', event_id: 'b', status: 'CONFLICT', position: 2, first_stored_time: time },
        { topic: 't', event_id: 'c', status: 'NEW' },
        { topic: 't', event_id: 'a', status: 'DUPLICATE', position: 1, first_stored_time: time },
        { topic: 't', event_id: 'c', status: 'NEW' },
      ],
    });
    expect(await server.entries()).toEqual(before);
    expect(await server.store.stats({ topicsMax: 1, sourcesMax: 1 })).toMatchObject({ received: 2 });
  });

  it.each([
    ['an event', (text: string) => text],
    ['an array', (text: string) => `[${text}]`],
    ['an object of events', (text: string) => `{"events":[${text}]}`],
  ])('takes %s as POST /publish does, its payload as it was sent and unknown fields ignored', async (_, bodyOf) => {
    const { send } = await open();
    const body = bodyOf('{"topic":"t","event_id":"a","payload":{"n":9007199254740993},"unknown":1}');
    await send('/publish', body);
    const statusOf = async (text: string) =>
      ((await send('/check', text)).answer['checked'] as { status: string }[]).map(({ status }) => status);
    expect(await statusOf(body)).toEqual(['DUPLICATE']);
    expect(await statusOf(body.replace('993', '992'))).toEqual(['CONFLICT']);
  });

  it('compares keys only when the body asks for it beside its events, which then need no content', async () => {
    const { send, publish } = await open();
    await publish(event('a', { n: 1 }));
    const events = [event('a'), event('b')];
    const statuses = async (fields: object) =>
      (await send('/check', JSON.stringify({ ...fields, events }))).answer['checked'];
    const [conflict, duplicate, unknown] = ['CONFLICT', 'DUPLICATE', 'NEW'].map((status) => ({ status }));
    expect(await statuses({})).toMatchObject([conflict, unknown]);
    expect(await statuses({ keys_only: null })).toMatchObject([conflict, unknown]);
    expect(await statuses({ keys_only: false })).toMatchObject([conflict, unknown]);
    expect(await statuses({ keys_only: true })).toMatchObject([duplicate, unknown]);
  });

  it('names a single event by the header, and reads a body that is compressed', async () => {
    const { send, publish } = await open();
    await publish(event('a'));
    const one = await send('/check', '{"topic":"t"}', { ...json, 'idempotency-key': 'a' });
    expect(one.answer).toMatchObject({ checked: [{ event_id: 'a', status: 'DUPLICATE' }] });
    const body = Uint8Array.from(gzipSync(JSON.stringify(event('a'))));
    const compressed = await send('/check', body, { ...json, 'content-encoding': 'gzip' });
    expect(compressed.answer).toMatchObject({ checked: [{ event_id: 'a', status: 'DUPLICATE' }] });
  });

  it('answers nothing for nothing', async () => {
    const { send } = await open();
    expect(await send('/check', '[]')).toEqual({ status: 200, answer: { checked: [] } });
  });

  it('goes on answering while the log takes nothing more', async () => {
    const { server, send, publish } = await open();
    await publish(event('a'));
    await server.ingest.drain();
    expect((await publish(event('b'))).status).toBe(503);
    const { status, answer } = await send('/check', JSON.stringify(event('a')));
    expect([status, answer]).toMatchObject([200, { checked: [{ status: 'DUPLICATE' }] }]);
  });

  it.each([
    [
      'an event without an id',
      '[{"topic":"t","event_id":"a"},{"topic":"t"}]',
      422,
      'RULE_BROKEN',
      'events[1].event_id',
    ],
    ['more events than the limit', '[{},{},{}]', 422, 'TOO_MANY_EVENTS', 'events'],
    ['what is no JSON', '{', 400, 'MALFORMED', 'body'],
    ['a body of nothing', '', 400, 'MALFORMED', 'body'],
  ])('refuses %s as POST /publish does', async (_, body, status, code, field) => {
    const { send } = await open({ limits: { restRequestEventsMax: 2 } });
    const refusal = { status, answer: { code, field, outcome: 'none' } };
    expect(await send('/check', body)).toMatchObject(refusal);
    expect(await send('/publish', body)).toMatchObject(refusal);
  });

  it.each([
    ['a parameter', '/check?keys_only=true', json, 422, 'RULE_BROKEN', 'keys_only'],
    ['lines', '/check', { 'content-type': 'application/x-ndjson' }, 415, 'WRONG_MEDIA_TYPE', 'content-type'],
    ['an encoding', '/check', { ...json, 'content-encoding': 'br' }, 415, 'WRONG_MEDIA_TYPE', 'content-encoding'],
  ])('refuses %s that it does not know', async (_, path, headers, status, code, field) => {
    const { send } = await open();
    expect(await send(path, '[]', headers)).toMatchObject({ status, answer: { code, field, outcome: 'none' } });
  });

  it('refuses a keys_only that is neither true nor false', async () => {
    const { send } = await open();
    const { status, answer } = await send('/check', '{"events":[],"keys_only":"yes"}');
    expect(status).toBe(422);
    expect(answer).toMatchObject({ code: 'RULE_BROKEN', message: 'keys_only: must be true or false, is a string' });
  });

  it('tells those who send lines to send JSON, and of nothing that it does not take', async () => {
    const { send } = await open();
    const { answer } = await send('/check', '{}\n', { 'content-type': 'application/x-ndjson' });
    expect(answer['message']).toContain("send -H 'content-type: application/json'");
    expect(answer['message']).not.toContain('for lines');
  });
});
