// What a broker takes, it holds as it was sent.
import { expect, it } from 'vitest';
import type { NewEvent } from '../../event.ts';
import { append } from '../append.ts';
import { jsonContent, sampleEvent } from '../sample-events.ts';
import { claimAfterMs, comparableNew, eventsIn, eventsOf, receiveAll, type TestedBroker } from './tested-broker.ts';

export function describeAccepting({ place, open, consumerOf }: TestedBroker): void {
  it('answers accepted for each event, without a position, batch by batch', async () => {
    const broker = await open({ clock: () => 7_000 });
    const outcomes = await append(broker, [eventsOf('a', 2), [], eventsOf('b', 1)]);
    const accepted = { status: 'accepted', position: 0, storedTimeMs: 7_000 };
    expect(outcomes).toEqual([[accepted, accepted], [], [accepted]]);
  });

  it('hands out what was accepted, as it was sent and in its order', async () => {
    const broker = await open();
    const sent = [...variedEvents, ...eventsOf('many', 2000)];
    await append(broker, [sent.slice(0, 3), sent.slice(3, 1200)]);
    await append(broker, [sent.slice(1200)]);
    const consumer = await consumerOf(broker);
    const received = await receiveAll(consumer, sent.length);
    expect(received.map(({ attempts }) => attempts)).toEqual(received.map(() => 1));
    expect(eventsIn(received)).toEqual(sent.map(comparableNew));
  });

  it('takes the bytes of an event over when it is added', async () => {
    const broker = await open();
    const bytes = new TextEncoder().encode('{"n":1}');
    const group = broker.startGroup();
    group.add([sampleEvent('t', 'a', { content: { bytes } })]);
    bytes.fill(0);
    await group.commit();
    const [event] = eventsIn(await receiveAll(await consumerOf(broker), 1));
    expect(event).toMatchObject({ content: { bytes: '{"n":1}' } });
  });

  it('holds everything when all have left and come back', async () => {
    const first = await place().open({ claimAfterMs });
    await append(first, [eventsOf('delivered', 2)]);
    const before = await first.openConsumer('before');
    await receiveAll(before, 2);
    await append(first, [eventsOf('waiting', 3)]);
    await before.close();
    await first.close();
    const second = await open({ claimAfterMs });
    expect(await second.stats()).toEqual({ waitingEvents: 5, deliveredEvents: 2, deadEntries: 0 });
    const consumer = await consumerOf(second, 'after');
    const entries = await receiveAll(consumer, 5);
    const ids = eventsIn(entries).map(({ eventId }) => eventId);
    expect(ids.sort()).toEqual(['delivered0', 'delivered1', 'waiting0', 'waiting1', 'waiting2']);
    await consumer.acknowledge(entries);
    expect(await second.stats()).toEqual({ waitingEvents: 0, deliveredEvents: 0, deadEntries: 0 });
  });
}

const variedEvents: readonly NewEvent[] = [
  sampleEvent('t', 'plain'),
  sampleEvent('t', 'typed', { content: jsonContent('{}', 'application/json') }),
  sampleEvent('t', 'bytes', {
    content: { bytes: Uint8Array.of(0, 255, 128), contentType: 'application/octet-stream' },
  }),
  sampleEvent('t', 'empty', { content: { bytes: new Uint8Array() }, source: '' }),
  sampleEvent('t', 'timed', { timestamp: { seconds: -62_135_596_800, nanos: 999_999_999 } }),
  sampleEvent('t', 'attributed', { attributes: { a: '', é: '☃', ['__proto__']: 'x', 7: 'seven' } }),
  sampleEvent('t', 'no attributes', { attributes: {} }),
  sampleEvent('τόπος/😀', 'ключ\u200d'),
  sampleEvent('t', 'spaced', { content: jsonContent('{ "b" : 1.0,\n"a":\t2 }') }),
];
