import { Client } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { boolArray, byteaArray, fixedByteaArray, int4Array, int8Array, textArray } from './binary-arrays.ts';
import { serverUrl } from '../testing/temporary-schema.ts';

/** As the server understands it. */
async function readBack(type: string, array: Buffer): Promise<string> {
  const client = new Client({ connectionString: serverUrl! });
  await client.connect();
  onTestFinished(() => client.end());
  const { rows } = await client.query<{ json: string }>(`select array_to_json($1::${type}[])::text as json`, [array]);
  return rows[0]!.json;
}

describe.runIf(serverUrl !== undefined)('arrays in binary', () => {
  it.each<[name: string, type: string, array: Buffer, expected: unknown]>([
    ['no integers', 'integer', int4Array([], 0), []],
    [
      'integers',
      'integer',
      int4Array(Int32Array.of(1, -1, 0, 2 ** 31 - 1, -(2 ** 31), 7), 5),
      [1, -1, 0, 2 ** 31 - 1, -(2 ** 31)],
    ],
    ['integers, each more', 'integer', int4Array(Uint32Array.of(0, 4), 2, 1), [1, 5]],
    [
      'long integers',
      'bigint',
      int8Array(Float64Array.of(-62_135_596_800, 253_402_300_799, 2 ** 52), 3),
      [-62_135_596_800, 253_402_300_799, 2 ** 52],
    ],
    ['booleans', 'boolean', boolArray([true, false]), [true, false]],
    [
      'bytes of any length',
      'bytea',
      byteaArray(Buffer.from('abcdefg'), Uint32Array.of(0, 2, 3, 9), 3),
      ['\\x', '\\x6162', '\\x63'],
    ],
    ['bytes of one length', 'bytea', fixedByteaArray(Buffer.from([0, 255, 1, 2, 3, 4]), 2, 2), ['\\x00ff', '\\x0102']],
    ['texts', 'text', textArray(['', 'ü"\\,{}', null, 'NULL', '𝒳']), ['', 'ü"\\,{}', null, 'NULL', '𝒳']],
  ])('are understood as what they are: %s', async (_, type, array, expected) => {
    expect(JSON.parse(await readBack(type, array))).toEqual(expected);
  });
});
