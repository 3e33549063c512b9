import type { DescMessage } from '@bufbuild/protobuf';
import { OncelogError } from '@oncelog/core';
import {
  GetEventRequestSchema,
  ListEventsRequestSchema,
  PublishRequestSchema,
  SubscribeRequestSchema,
} from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { checkJson } from './json-check.ts';
import type { ElementLimit } from './wire-check.ts';

const limit: ElementLimit = {
  max: 3,
  refuse: (path, actual) => new OncelogError('TOO_MANY_EVENTS', `${path}: ${actual} are more than 3`),
};

function refusalOf(message: DescMessage, text: string | Uint8Array): OncelogError {
  try {
    checkJson(message, typeof text === 'string' ? Buffer.from(text) : text, limit);
  } catch (error) {
    expect(error).toBeInstanceOf(OncelogError);
    return error as OncelogError;
  }
  return expect.fail('it was expected to be refused');
}

describe('JSON that is no such message', () => {
  const rows: readonly [name: string, text: string, field: string, description: RegExp][] = [
    ['nothing at all', '', 'request', /not JSON/],
    ['text that ends too early', '{"events":[{"topic":"a"', 'request', /not JSON/],
    ['a trailing comma', '{"events":[],}', 'request', /not JSON/],
    ['a word', 'events', 'request', /not JSON/],
    ['NaN', '{"events":NaN}', 'request', /not JSON/],
    ['an array for a message', '[]', 'request', /./],
    ['null for a list', '{"events":{"topic":"a"}}', 'events', /./],
    ['an unknown field', '{"event":[]}', 'event', /unknown/],
    ['a misspelt field of an event', '{"events":[{"topic":"a","evntId":"b"}]}', 'events[0].evntId', /unknown/],
    ['a misspelt field of a later event', '{"events":[{},{"evntId":"b"}]}', 'events[1].evntId', /unknown/],
    ['a number for text', '{"events":[{"topic":5}]}', 'events[0].topic', /./],
    ['text for an object', '{"events":[{"payload":"x"}]}', 'events[0].payload', /./],
    ['a list for an object', '{"events":[{"payload":[]}]}', 'events[0].payload', /./],
    ['a time that is none', '{"events":[{"timestamp":"yesterday"}]}', 'events[0].timestamp', /./],
    ['bytes that are not base64', '{"events":[{"data":"***"}]}', 'events[0].data', /./],
    ['an attribute that is no text', '{"events":[{"attributes":{"a":1}}]}', 'events[0].attributes', /./],
    ['two of one content', '{"events":[{"payload":{},"data":""}]}', 'events[0]', /./],
    ['an event that is null', '{"events":[null]}', 'events[0]', /./],
    ['a key given twice', '{"events":[{"topic":"a","topic":"b"}]}', 'request', /duplicate/],
    ['half a surrogate pair', '{"events":[{"topic":"\\ud800"}]}', 'events[0].topic', /UTF8/],
    ['an event that is a number', '{"events":[7]}', 'events[0]', /./],
  ];

  it.each(rows)('refuses %s, with the path to it', (_name, text, field, description) => {
    const error = refusalOf(PublishRequestSchema, text);
    expect({ code: error.code, outcome: error.outcome, field: error.violations[0]?.field }).toEqual({
      code: 'MALFORMED',
      outcome: 'none',
      field,
    });
    expect(error.violations[0]!.description).toMatch(description);
    // Nothing of the decoder's own wording, which names types that are not in the contract's text.
    expect(error.message).not.toMatch(/cannot decode/);
  });

  it('refuses an integer past its range', () => {
    expect(refusalOf(ListEventsRequestSchema, '{"pageSize":2147483648}').violations[0]!.field).toBe('page_size');
    expect(refusalOf(ListEventsRequestSchema, '{"pageSize":1.5}').violations[0]!.field).toBe('page_size');
    expect(refusalOf(ListEventsRequestSchema, '{"pageSize":"x"}').violations[0]!.field).toBe('page_size');
  });

  it('refuses a word that the enum does not have', () => {
    expect(refusalOf(GetEventRequestSchema, '{"contentView":"UPSIDE_DOWN"}').violations[0]!.field).toBe('content_view');
  });

  it('refuses bytes that are not UTF-8', () => {
    const error = refusalOf(
      PublishRequestSchema,
      Buffer.concat([Buffer.from('{"events":[{"topic":"'), Buffer.from([0xff]), Buffer.from('"}]}')]),
    );
    expect(error).toMatchObject({ code: 'MALFORMED', violations: [{ field: 'request', description: 'is not UTF-8' }] });
  });

  it('refuses depth before anything walks it', () => {
    for (const bomb of [
      `{"events":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
    ]) {
      expect(refusalOf(PublishRequestSchema, bomb).violations[0]!.description).toMatch(/nested deeper than 100 levels/);
    }
    expect(refusalOf(PublishRequestSchema, '['.repeat(1_000_000)).code).toBe('MALFORMED');
  });

  it('quotes only the beginning of what is wrong', () => {
    const error = refusalOf(PublishRequestSchema, `{"events":[{"payload":"${'x'.repeat(1_000_000)}"}]}`);
    expect(error.message.length).toBeLessThan(300);
    expect(refusalOf(PublishRequestSchema, `{"${'x'.repeat(1_000_000)}":1}`).message.length).toBeLessThan(300);
  });

  it('refuses too many events with their number', () => {
    const error = refusalOf(PublishRequestSchema, '{"events":[{},{},{},{}]}');
    expect(error).toMatchObject({ code: 'TOO_MANY_EVENTS', message: 'events: 4 are more than 3' });
  });

  it('refuses as many elements of any other list or map, wherever it is', () => {
    const four = '{"a":"","b":"","c":"","d":""}';
    expect(refusalOf(PublishRequestSchema, `{"events":[{},{"attributes":${four}}]}`).message).toBe(
      'events[1].attributes: 4 are more than 3',
    );
    expect(refusalOf(SubscribeRequestSchema, '{"filter":{"topics":["","","",""]}}').message).toMatch(
      /^filter\.topics: 4/,
    );
  });

  it('leaves the lists inside a payload alone', () => {
    const text = '{"events":[{"payload":{"many":[1,2,3,4,5]}}]}';
    expect(() => checkJson(PublishRequestSchema, Buffer.from(text), limit)).not.toThrow();
  });
});

describe('JSON that is a message', () => {
  it.each([
    ['PublishRequest', PublishRequestSchema, '{}'],
    [
      'PublishRequest',
      PublishRequestSchema,
      '{"events":[{"topic":"a","eventId":"b","payload":{"n":1.5,"deep":[[{}]]},' +
        '"timestamp":"2026-01-31T12:00:00.5+07:00"}]}',
    ],
    [
      'PublishRequest',
      PublishRequestSchema,
      '{"events":[{"topic":"a","event_id":"b","content_type":"text/plain","data":"aGk=","attributes":{"k":"v"}}]}',
    ],
    ['ListEventsRequest', ListEventsRequestSchema, ' {"topic":"a","order":"ORDER_DESCENDING","pageSize":5} '],
    ['GetEventRequest', GetEventRequestSchema, '{"topic":null}'],
  ] as const)('passes as %s %#', (_name, message, text) => {
    expect(() => checkJson(message, Buffer.from(text), limit)).not.toThrow();
  });
});
