import { describe, expect, it } from 'vitest';
import { HoldingBroker } from '../testing/holding-broker.ts';
import { answerTo, jsonOf, line, openServer, streamed } from './ndjson/testing/ndjson-calls.ts';

describe('events that a broker takes over REST', () => {
  const asJson = { 'content-type': 'application/json' };

  async function publish(body: string, headers: Readonly<Record<string, string>> = asJson) {
    const server = await openServer({ broker: new HoldingBroker() });
    return { ...server, ...(await answerTo(server.publish(headers), body)) };
  }

  it('are answered with 202 and "queued", and named as pending', async () => {
    const { status, json } = await publish(JSON.stringify([restEvent('a'), restEvent('b')]));
    expect(status).toBe(202);
    expect(json).toEqual({
      status: 'queued',
      total_received: 2,
      processed: [],
      processed_count: 0,
      duplicates: 0,
      duplicate_dropped: 0,
      conflicts: 0,
      pending: ['a', 'b'],
      pending_count: 2,
      outcomes: [
        { topic: 't', event_id: 'a', outcome: 'ACCEPTED' },
        { topic: 't', event_id: 'b', outcome: 'ACCEPTED' },
      ],
    });
  });

  it('are none in an empty body, which is answered as without a broker', async () => {
    const { status, json } = await publish('[]');
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: 'ok', total_received: 0 });
    expect(json).not.toHaveProperty('pending');
  });

  it('are summed up with 202 when they come as lines, without naming each as not stored', async () => {
    const { status, json } = await publish(`${line('a')}oops\n${line('b')}`, {
      'content-type': 'application/x-ndjson',
    });
    expect(status).toBe(202);
    expect(json).toMatchObject({ status: 'queued', lines: 3, total_received: 2, pending_count: 2, refused: 1 });
    expect(json.not_stored).toEqual([{ line: 2, error: expect.objectContaining({ code: 'MALFORMED' }) }]);
  });

  it('are told line by line behind a 200, with the totals last', async () => {
    const { status, text } = await publish(`${line('a')}${line('b')}`, streamed);
    expect(status).toBe(200);
    expect(text.trimEnd().split('\n').map(jsonOf)).toEqual([
      { line: 1, topic: 't', event_id: 'a', outcome: 'ACCEPTED' },
      { line: 2, topic: 't', event_id: 'b', outcome: 'ACCEPTED' },
      expect.objectContaining({ status: 'queued', total_received: 2, processed_count: 0, pending_count: 2 }),
    ]);
  });

  it('are in the statistics as what waits', async () => {
    const { server } = await publish(JSON.stringify(restEvent('a')));
    const stats = (await fetch(`${server.url}/stats`).then((answer) => answer.json())) as object;
    expect(stats).toMatchObject({
      received: 0,
      durability: 'accepted',
      broker: { kind: 'holding', waiting_events: 1, delivered_events: 1, dead_entries: 0 },
    });
  });

  it('leave no trace in the words of a log without a broker', async () => {
    const { server, publish: call } = await openServer();
    const { status, json } = await answerTo(call(asJson), JSON.stringify(restEvent('a')));
    expect(status).toBe(200);
    expect(Object.keys(json)).not.toContain('pending_count');
    const stats = (await fetch(`${server.url}/stats`).then((answer) => answer.json())) as object;
    expect(stats).not.toHaveProperty('broker');
  });
});

function restEvent(eventId: string) {
  return { topic: 't', event_id: eventId };
}
