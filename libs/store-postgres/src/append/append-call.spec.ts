import { sampleEvent } from '@oncelog/core/testing';
import { EventPacker, type PackedOutcomes, unpackOutcomes } from '@oncelog/store-sql';
import { describe, expect, it } from 'vitest';
import { appendCall, type AppendRow, outcomesOf } from './append-call.ts';

const limits = { sourcesCountedMax: 1, dropsKeptMax: 1 };
const row: AppendRow = {
  out_of_turn: false,
  head: 0,
  time_ms: 9,
  undecided: false,
  drop_numbers: null,
  drop_firsts: [],
  drop_times: [],
  drop_sames: [],
};

const brief = (outcomes: PackedOutcomes, count: number) =>
  unpackOutcomes(outcomes, [count])[0]!.map(({ status, position, storedTimeMs }) => [status, position, storedTimeMs]);

/** Every int4 of an array after its header. */
function integersOf(array: unknown): number[] {
  const bytes = array as Buffer;
  return Array.from({ length: bytes.readInt32BE(12) }, (_, index) => bytes.readInt32BE(24 + 8 * index));
}

describe('the outcomes of a group', () => {
  it('are positions one after the other where everything was stored', () => {
    expect(brief(outcomesOf(3, { ...row, head: 12 }), 3)).toEqual([
      ['stored', 10, 9],
      ['stored', 11, 9],
      ['stored', 12, 9],
    ]);
  });

  it('leave out the drops, which have the places of their firsts', () => {
    const drops = { drop_numbers: [1, 4], drop_firsts: [5, 11], drop_times: [3, 9], drop_sames: [true, false] };
    expect(brief(outcomesOf(5, { ...row, head: 13, ...drops }), 5)).toEqual([
      ['duplicate', 5, 3],
      ['stored', 11, 9],
      ['stored', 12, 9],
      ['conflict', 11, 9],
      ['stored', 13, 9],
    ]);
  });

  it('are none of no events', () => {
    expect(brief(outcomesOf(0, { ...row, head: 7 }), 0)).toEqual([]);
  });
});

describe('the call of a group', () => {
  it('names the events whose key came before, with the first of it, by topic and id', () => {
    const packer = new EventPacker();
    const keys = ['t a', 't b', 'u a', 't a', 't ab', 't a', 'u a', 't b'];
    for (const key of keys) packer.addWithDigest(sampleEvent(key[0]!, key.slice(2)));
    const [numbers, firsts] = appendCall(
      packer.finish(),
      1,
      limits,
    )({ turn: 1, after: 0, verdicts: [] }).values!.slice(17, 19);
    expect(integersOf(numbers)).toEqual([4, 6, 7, 8]);
    expect(integersOf(firsts)).toEqual([1, 1, 3, 2]);
  });
});
