import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { defaultLimits, emptyContent, type NewEvent } from '@oncelog/core';
import { createSeededRandom, type SeededRandom } from '@oncelog/core/testing';
import { EventLogService, PublishRequestSchema } from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { eventsFromProto } from '../connect/event-from-proto.ts';
import { messageCheck } from '../connect/message-check.ts';
import { PlainEventsReader } from './plain-events.ts';

const eventsMax = 5;
const limits = { ...defaultLimits, requestEventsMax: eventsMax };
const check = messageCheck(EventLogService.method.publish, false, limits);
const reader = new PlainEventsReader(eventsMax);

function generalWay(message: Uint8Array): NewEvent[] {
  check(message);
  return eventsFromProto(fromBinary(PublishRequestSchema, message).events, limits.jsonDepthMax);
}

function plainWay(message: Uint8Array, headerBytes = 5): NewEvent[] | undefined {
  return reader.read(Buffer.concat([Buffer.alloc(headerBytes, 0xff), message]), headerBytes);
}

/** The same events, whatever kind of array their bytes are in. */
function comparable(events: readonly NewEvent[]) {
  return events.map((event) => ({
    ...event,
    content: { ...event.content, bytes: Buffer.from(event.content.bytes).toString('hex') },
  }));
}

/** True when the plain way answered, and then the general way said the same. */
function compareWithGeneralWay(message: Uint8Array): boolean {
  const plain = plainWay(message);
  if (plain === undefined) return false;
  expect(comparable(plain), Buffer.from(message).toString('hex')).toStrictEqual(comparable(generalWay(message)));
  return true;
}

type EventInit = NonNullable<Parameters<typeof create<typeof PublishRequestSchema>>[1]>['events'];

function encode(events: EventInit): Uint8Array {
  return toBinary(PublishRequestSchema, create(PublishRequestSchema, { events: events! }));
}

function randomText(random: SeededRandom): string {
  return random.pick(['', 'a', 'orders', 'bench-1', 'x'.repeat(127), 'y'.repeat(128), 'z'.repeat(300), '\u007f', '\0']);
}

function randomPlainMessage(random: SeededRandom): Uint8Array {
  const seconds = () => random.pick([0n, 1n, 127n, 128n, 1_700_000_000n, 253_402_300_799n, 2n ** 49n - 1n]);
  const nanos = () => random.pick([0, 1, 999_999_999, 2 ** 31 - 1]);
  const events = Array.from({ length: random.below(eventsMax + 1) }, () => {
    const data = random.chance(0.8);
    return {
      topic: randomText(random),
      eventId: randomText(random),
      source: randomText(random),
      ...(random.chance(0.5) && { timestamp: { seconds: seconds(), nanos: nanos() } }),
      ...(data && { content: { case: 'data' as const, value: Buffer.alloc(random.pick([0, 1, 150, 20_000]), 0xfe) } }),
      contentType: data ? randomText(random) : '',
    };
  });
  return encode(events);
}

describe('plain events', () => {
  it('are what the general way makes of them', () => {
    const random = createSeededRandom(1);
    for (let round = 0; round < 2000; round += 1) {
      const message = randomPlainMessage(random);
      expect(compareWithGeneralWay(message), Buffer.from(message).toString('hex')).toBe(true);
    }
  });

  it('are what the general way makes of them, or not answered, with any bytes changed, taken out or put in', () => {
    const random = createSeededRandom(2);
    let answered = 0;
    const rounds = 30_000;
    for (let round = 0; round < rounds; round += 1) {
      let message = Buffer.from(randomPlainMessage(random)).subarray(0, 1000);
      for (let change = random.below(3); change >= 0; change -= 1) {
        const at = random.below(message.length + 1);
        const bytes = Array.from({ length: random.below(3) }, () =>
          random.pick([0, 8, 10, 16, 0x80, random.below(256)]),
        );
        message = Buffer.concat([message.subarray(0, at), Buffer.from(bytes), message.subarray(at + random.below(3))]);
      }
      if (compareWithGeneralWay(message)) answered += 1;
    }
    // Otherwise this would be a test of nothing.
    expect(answered).toBeGreaterThan(rounds / 20);
    expect(answered).toBeLessThan(rounds);
  });

  it('share their content with the message and have the empty object for none', () => {
    const message = Buffer.from(encode([{ content: { case: 'data', value: Buffer.from('abc') } }, {}]));
    const [one, other] = reader.read(message, 0)!;
    expect(one!.content.bytes.buffer).toBe(message.buffer);
    expect(other!.content).toBe(emptyContent);
  });

  it('keep nothing of one message for the next but equal text', () => {
    const topics = ['orders', 'orders', 'orderz', 'order', '', 'orders'];
    for (const topic of topics) expect(plainWay(encode([{ topic }]))![0]!.topic).toBe(topic);
  });
});

describe('what is not plain is not answered', () => {
  const tooMany = Array.from({ length: eventsMax + 1 }, () => ({ topic: 't' }));
  const event = (...bytes: number[]) => Uint8Array.from([0x0a, bytes.length, ...bytes]);

  it.each<[string, Uint8Array]>([
    ['payload', encode([{ content: { case: 'payload', value: { a: 1 } } }])],
    ['attributes', encode([{ attributes: { a: 'b' } }])],
    ['text beyond ASCII', encode([{ topic: 'é' }])],
    ['a content type without data', encode([{ contentType: 'text/plain' }])],
    ['a time before 1970', encode([{ timestamp: { seconds: -1n, nanos: 0 } }])],
    ['negative nanoseconds', encode([{ timestamp: { seconds: 0n, nanos: -1 } }])],
    ['too many events', encode(tooMany)],
    ['an unknown field of the request', Uint8Array.from([0x12, 0])],
    ['an unknown field of an event', event(0x4a, 0)],
    ['an unknown field of a timestamp', event(0x1a, 2, 0x18, 1)],
    ['a field that comes twice', event(0x0a, 0, 0x0a, 0)],
    ['fields that are out of order', event(0x12, 0, 0x0a, 0)],
    ['a wrong wire type', event(0x08, 1)],
    ['a length past the end of its event', Uint8Array.from([0x0a, 2, 0x0a, 1, 0x0a, 0])],
    ['a length past the end of the message', Uint8Array.from([0x0a, 1])],
    ['a message that ends behind a tag', Uint8Array.from([0x0a])],
    ['a length of five bytes', Uint8Array.from([0x0a, 0x80, 0x80, 0x80, 0x80, 0])],
  ])('%s', (_name, message) => {
    expect(plainWay(message)).toBeUndefined();
  });
});
