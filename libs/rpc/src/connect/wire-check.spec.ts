import { create, type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import { createSeededRandom } from '@oncelog/core/testing';
import { OncelogError } from '@oncelog/core';
import {
  BrokerService,
  ConsumerService,
  EventLogService,
  Health,
  AcknowledgeRequestSchema,
  ListEventsRequestSchema,
  PublishRequestSchema,
  ReplayDeadLettersRequestSchema,
  ServerReflection,
  SubscribeRequestSchema,
} from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { randomMessage } from './testing/random-message.ts';
import { checkWire, type ElementLimit } from './wire-check.ts';

const limit: ElementLimit = {
  max: 1000,
  refuse: (path, actual) => new OncelogError('TOO_MANY_EVENTS', `${path}: ${actual} are more than 1000`),
};

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

const tag = (field: number, wireType: number) => varint(field * 8 + wireType);
const bytes = (field: number, content: readonly number[]) => [...tag(field, 2), ...varint(content.length), ...content];
const text = (field: number, content: string) => bytes(field, [...Buffer.from(content)]);
const event = (...content: number[]) => bytes(1, content);

function refusalOf(message: DescMessage, content: readonly number[] | Uint8Array): OncelogError {
  try {
    checkWire(message, Uint8Array.from(content), limit);
  } catch (error) {
    expect(error).toBeInstanceOf(OncelogError);
    return error as OncelogError;
  }
  return expect.fail('it was expected to be refused');
}

/** A payload of so many structs inside each other: two messages and a map entry a level. */
function nestedPayload(levels: number): number[] {
  let struct: number[] = [];
  for (let level = 1; level < levels; level += 1) struct = bytes(1, [...text(1, 'k'), ...bytes(2, bytes(5, struct))]);
  return struct;
}

describe('bytes that are no such message', () => {
  const rows: readonly [name: string, content: number[], field: string, description: RegExp][] = [
    ['a tag that is cut short', [0x80], 'request', /cut short inside a varint/],
    ['a varint of eleven bytes', [...Array<number>(10).fill(0xff), 1], 'request', /varint of more than 10 bytes/],
    ['field 0', [...tag(0, 0), 1], 'request', /field numbered 0/],
    ['a field number past 2^29 - 1', [...varint(2 ** 32 + 8), 1], 'request', /field numbered 536870913/],
    ['a field number past any integer', [...Array<number>(9).fill(0xff), 0x7f], 'request', /field numbered/],
    ['a length past the end', [...tag(1, 2), 100, 1, 2], 'events', /cut short/],
    ['a length of 2^63', [...tag(1, 2), ...Array<number>(9).fill(0x80), 1], 'events', /cut short/],
    ['an event cut inside its topic', event(...tag(1, 2), 5, 65), 'events[0].topic', /cut short/],
    ['a topic sent as a number', event(...tag(1, 0), 5), 'events[0].topic', /wire type 0/],
    ['events sent as numbers', [...tag(1, 0), 5], 'events', /wire type 0/],
    ['a topic that is not UTF-8', event(...bytes(1, [0xc3, 0x28])), 'events[0].topic', /not UTF-8/],
    ['an id that is half a surrogate pair', event(...bytes(2, [0xed, 0xa0, 0x80])), 'events[0].event_id', /not UTF-8/],
    ['an overlong zero byte', event(...bytes(1, [0xc0, 0x80])), 'events[0].topic', /not UTF-8/],
    ['the start of a group', [...tag(9, 3)], 'request', /wire type 3/],
    ['the end of a group', [...tag(9, 4)], 'request', /wire type 4/],
    ['wire type 6', [...tag(9, 6)], 'request', /wire type 6/],
    ['wire type 7', [...tag(9, 7)], 'request', /wire type 7/],
    ['an unknown fixed64 cut short', [...tag(9, 1), 1, 2, 3], 'request', /fixed-size/],
    ['an unknown fixed32 cut short', [...tag(9, 5), 1, 2, 3], 'request', /fixed-size/],
    ['an unknown field longer than the rest', [...tag(9, 2), 9], 'request', /cut short/],
    [
      'an attribute that is not UTF-8',
      event(...bytes(5, [...text(1, 'k'), ...bytes(2, [0xff])])),
      'events[0].attributes',
      /not UTF-8/,
    ],
    ['an attribute key that is a number', event(...bytes(5, [...tag(1, 0), 1])), 'events[0].attributes', /entry/],
    ['an attribute cut inside its value', event(...bytes(5, [...tag(2, 2), 9])), 'events[0].attributes', /cut short/],
    [
      'a payload key that is not UTF-8',
      event(...bytes(6, bytes(1, bytes(1, [0xff])))),
      'events[0].payload.fields',
      /not UTF-8/,
    ],
    ['a second event that is bad', [...event(), ...event(...tag(1, 0), 5)], 'events[1].topic', /wire type 0/],
    [
      'a timestamp whose seconds are text',
      event(...bytes(3, text(1, 'x'))),
      'events[0].timestamp.seconds',
      /wire type 2/,
    ],
  ];

  it.each(rows)('refuses %s, naming the cause', (_name, content, field, description) => {
    const error = refusalOf(PublishRequestSchema, content);
    expect(error).toMatchObject({ code: 'MALFORMED', outcome: 'none', violations: [{ field }] });
    expect(error.violations[0]!.description).toMatch(description);
  });

  it('refuses every request cut at any byte, or reads a shorter one', () => {
    const whole = Uint8Array.from(
      event(...text(1, 'orders'), ...text(2, 'a'), ...bytes(6, bytes(1, [...text(1, 'k'), ...bytes(2, text(3, 'v'))]))),
    );
    for (let end = 1; end < whole.length; end += 1) {
      expect(refusalOf(PublishRequestSchema, whole.subarray(0, end)).code, `cut at ${end}`).toBe('MALFORMED');
    }
    expect(() => checkWire(PublishRequestSchema, whole, limit)).not.toThrow();
  });

  it('bounds nesting where the decoder does', () => {
    // A request, an event, then two messages a level.
    const deepest = 49;
    const allowed = Uint8Array.from(event(...bytes(6, nestedPayload(deepest))));
    expect(() => checkWire(PublishRequestSchema, allowed, limit)).not.toThrow();
    expect(() => fromBinary(PublishRequestSchema, allowed)).not.toThrow();
    const error = refusalOf(PublishRequestSchema, event(...bytes(6, nestedPayload(2000))));
    expect(error).toMatchObject({ code: 'MALFORMED' });
    expect(error.violations[0]!.description).toMatch(/nested deeper than 100/);
  });

  it('passes nothing that the decoder then refuses for its depth', () => {
    const contents = Array.from({ length: 20 }, (_, index) =>
      Uint8Array.from(event(...bytes(6, nestedPayload(40 + index)))),
    );
    const passed = contents.filter((content) => passes(PublishRequestSchema, content));
    expect(passed.length).toBeLessThan(contents.length);
    for (const content of passed) expect(() => fromBinary(PublishRequestSchema, content)).not.toThrow();
  });
});

describe('the count of events', () => {
  it('lets the bound pass', () => {
    expect(() =>
      checkWire(
        PublishRequestSchema,
        new Uint8Array(2000).map((_, index) => (index % 2 === 0 ? 10 : 0)),
        limit,
      ),
    ).not.toThrow();
  });

  it('refuses one more', () => {
    expect(refusalOf(PublishRequestSchema, Array.from({ length: 1001 }, () => event()).flat()).code).toBe(
      'TOO_MANY_EVENTS',
    );
  });

  it('refuses half a million empty events without looking at more than the bound', () => {
    const bomb = new Uint8Array(1_000_000).map((_, index) => (index % 2 === 0 ? 10 : 0));
    // Reading on would meet this and complain of it instead.
    bomb[5000] = 0;
    expect(refusalOf(PublishRequestSchema, bomb).code).toBe('TOO_MANY_EVENTS');
  });

  it('refuses as many elements of any other list or map, wherever it is', () => {
    const attributes = Array.from({ length: 1001 }, () => bytes(5, [...text(1, 'k'), ...text(2, 'v')])).flat();
    const inSecond = [...event(), ...event(...attributes)];
    expect(refusalOf(PublishRequestSchema, inSecond).message).toBe('events[1].attributes: 1001 are more than 1000');
    const topics = Array.from({ length: 1001 }, () => text(1, 't')).flat();
    expect(refusalOf(SubscribeRequestSchema, bytes(1, topics)).message).toMatch(/^filter\.topics: 1001/);
    const ids = Array.from({ length: 1001 }, () => text(2, 'x')).flat();
    expect(refusalOf(AcknowledgeRequestSchema, ids).message).toMatch(/^delivery_ids: 1001/);
  });

  it('counts packed numbers and single ones alike, and reads each', () => {
    const single = Array.from({ length: 500 }, () => [...tag(2, 0), 1]).flat();
    const packed = bytes(2, Array<number>(500).fill(1));
    const asks = (content: readonly number[]) => refusalOf(ReplayDeadLettersRequestSchema, content);
    expect(passes(ReplayDeadLettersRequestSchema, Uint8Array.from([...single, ...packed]))).toBe(true);
    expect(asks([...single, ...packed, ...tag(2, 0), 1]).message).toMatch(/^positions: 1001/);
    expect(asks([...packed, ...bytes(2, Array<number>(1_000_000).fill(1))]).message).toMatch(/^positions: 1001/);
    expect(asks(bytes(2, [1, 0x80]))).toMatchObject({ code: 'MALFORMED', violations: [{ field: 'positions' }] });
    expect(asks([...tag(2, 2), 5, 1])).toMatchObject({ code: 'MALFORMED', violations: [{ field: 'positions' }] });
  });

  it('leaves the lists inside a payload alone', () => {
    const list = Array.from({ length: 1500 }, () => bytes(1, [...tag(2, 1), ...Array<number>(8).fill(0)])).flat();
    const payload = bytes(1, [...text(1, 'many'), ...bytes(2, bytes(6, list))]);
    expect(() => checkWire(PublishRequestSchema, Uint8Array.from(event(...bytes(6, payload))), limit)).not.toThrow();
  });
});

describe('bytes that are a message', () => {
  const requests = [EventLogService, ConsumerService, BrokerService, Health, ServerReflection].flatMap(({ methods }) =>
    methods.map(({ input }) => input),
  );

  it.each(requests.map((message) => [message.typeName, message] as const))(
    'pass whatever the encoder writes as %s',
    (_name, message) => {
      const seed = 20_261_121;
      const random = createSeededRandom(seed);
      for (let round = 0; round < 200; round += 1) {
        const encoded = toBinary(message, randomMessage(message, random, 0));
        expect(passes(message, encoded), `seed ${seed}, round ${round}: ${Buffer.from(encoded).toString('hex')}`).toBe(
          true,
        );
      }
    },
  );

  it('pass fields that a later contract may add', () => {
    const unknown = [
      ...tag(90, 0),
      1,
      ...bytes(91, [0xff]),
      ...tag(92, 1),
      ...Array<number>(8).fill(7),
      ...tag(93, 5),
      1,
      2,
      3,
      4,
    ];
    expect(passes(ListEventsRequestSchema, Uint8Array.from([...text(1, 'orders'), ...unknown]))).toBe(true);
  });

  it('pass empty, and passes negative numbers, which take ten bytes', () => {
    expect(passes(ListEventsRequestSchema, new Uint8Array())).toBe(true);
    expect(
      passes(
        ListEventsRequestSchema,
        toBinary(ListEventsRequestSchema, create(ListEventsRequestSchema, { pageSize: -1 })),
      ),
    ).toBe(true);
  });

  // Their packed form is not read: a contract that adds one needs the check to learn it.
  it('hold no lists of numbers in any request but of whole ones', () => {
    const seen = new Set<DescMessage>();
    const visit = (message: DescMessage): void => {
      if (seen.has(message)) return;
      seen.add(message);
      for (const field of message.fields) {
        const numbers =
          field.fieldKind === 'list' &&
          (field.listKind === 'enum' || (field.listKind === 'scalar' && ![3, 9, 12].includes(field.scalar)));
        expect(numbers, String(field)).toBe(false);
        if (field.message) visit(field.message);
      }
    };
    requests.forEach(visit);
    expect(seen.size).toBeGreaterThan(10);
  });
});

function passes(message: DescMessage, content: Uint8Array): boolean {
  try {
    checkWire(message, content, limit);
    return true;
  } catch {
    return false;
  }
}
