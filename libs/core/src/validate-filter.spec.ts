import { describe, expect, it } from 'vitest';
import { OncelogError } from './errors.ts';
import { type EventFilter, everyEvent } from './event-filter.ts';
import { defaultLimits } from './limits.ts';
import { validateFilter } from './validate-filter.ts';

function refusalOf(filter: Partial<EventFilter>): OncelogError | undefined {
  try {
    validateFilter({ ...everyEvent, ...filter }, defaultLimits, 'filter');
    return undefined;
  } catch (error) {
    if (error instanceof OncelogError) return error;
    throw error;
  }
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`);
const pairs = (count: number) => Object.fromEntries(names(count).map((name) => [name, 'v']));

describe('a valid filter', () => {
  it.each(
    Object.entries<Partial<EventFilter>>({
      'that lets everything through': {},
      'with the most names of each kind': { topics: names(100), topicPrefixes: names(100), sources: names(100) },
      'with the longest names': {
        topics: ['t'.repeat(255)],
        topicPrefixes: ['🙂'.repeat(63)],
        sources: ['s'.repeat(255)],
      },
      'with the most attributes': { attributes: pairs(64) },
      'with the longest attribute': { attributes: { ['k'.repeat(255)]: 'v'.repeat(4096) } },
      'with attributes of every character but U+0000': { attributes: { k: '\u0001\n\ufffd🙂' } },
    }),
  )('%s is taken', (_, filter) => {
    expect(refusalOf(filter)).toBeUndefined();
  });
});

describe('a broken rule of a filter', () => {
  it.each<[field: string, filter: Partial<EventFilter>, limit?: number, actual?: number]>([
    ['filter.topics', { topics: names(101) }, 100, 101],
    ['filter.topics[2]', { topics: ['a', 'b', ''] }, 255, 0],
    ['filter.topics[1]', { topics: ['a', 't'.repeat(256)] }, 255, 256],
    ['filter.topics[0]', { topics: ['a\nb'] }],
    ['filter.topics[0]', { topics: ['a\u0085b'] }],
    ['filter.topics[0]', { topics: ['a\ud800'] }],
    ['filter.topics[0]', { topics: ['a\ufffd'] }],
    ['filter.topic_prefixes', { topicPrefixes: names(101) }, 100, 101],
    ['filter.topic_prefixes[0]', { topicPrefixes: [''] }, 255, 0],
    ['filter.sources', { sources: names(101) }, 100, 101],
    ['filter.sources[1]', { sources: ['a', 's'.repeat(256)] }, 255, 256],
    ['filter.attributes', { attributes: pairs(65) }, 64, 65],
    ['filter.attributes[""]', { attributes: { '': 'v' } }, 255, 0],
    ['filter.attributes["k"]', { attributes: { k: 'v'.repeat(4097) } }, 4096, 4097],
    ['filter.attributes["k"]', { attributes: { k: '\0' } }],
    ['filter.attributes["k"]', { attributes: { k: '\udfff' } }],
  ])('is refused under %s', (field, filter, limit, actual) => {
    const { code, violations, message } = refusalOf(filter)!;
    expect({ code, limit: violations[0]?.limit, actual: violations[0]?.actual }).toEqual({
      code: 'RULE_BROKEN',
      limit,
      actual,
    });
    expect(violations.map((each) => each.field)).toEqual([field]);
    expect(message).toMatch(`${field}: `);
  });

  it('is named with all the others, up to twenty', () => {
    const { violations } = refusalOf({ topics: ['', 'fine', ''], sources: Array.from({ length: 30 }, () => '') })!;
    expect(violations).toHaveLength(20);
    expect(violations.slice(0, 3).map(({ field }) => field)).toEqual([
      'filter.topics[0]',
      'filter.topics[2]',
      'filter.sources[0]',
    ]);
  });
});
