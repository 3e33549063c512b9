import { describe, expect, it } from 'vitest';
import { LineSplitter } from './line-splitter.ts';

/** Each line as number and text, or as number and size when it is too long. */
function split(chunks: readonly (string | Uint8Array)[], lineBytesMax = 1000) {
  const splitter = new LineSplitter(lineBytesMax);
  const lines: (readonly [number, string | number])[] = [];
  const note = ({ number, bytes, size }: NonNullable<ReturnType<LineSplitter['end']>>) =>
    lines.push([number, bytes ? Buffer.from(bytes).toString() : size]);
  for (const chunk of chunks) for (const line of splitter.add(Buffer.from(chunk as string))) note(line);
  const last = splitter.end();
  if (last) note(last);
  return lines;
}

describe('LineSplitter', () => {
  it.each([
    ['', []],
    ['a', [[1, 'a']]],
    ['a\n', [[1, 'a']]],
    [
      'a\nb',
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ],
    [
      'a\r\nb\r\n',
      [
        [1, 'a\r'],
        [2, 'b\r'],
      ],
    ],
    [
      '\n\na\n\n',
      [
        [1, ''],
        [2, ''],
        [3, 'a'],
        [4, ''],
      ],
    ],
  ])('counts the lines of %j, empty ones included', (text, lines) => {
    expect(split([text])).toEqual(lines);
  });

  it('finds the same lines wherever the chunks begin and end', () => {
    const body = Buffer.from('{"a":"é🚀"}\n\n\r\nlast longer line\n€');
    const whole = split([body]);
    for (let first = 0; first <= body.length; first += 1) {
      for (let second = first; second <= body.length; second += 1) {
        const parts = [body.subarray(0, first), body.subarray(first, second), body.subarray(second)];
        expect(split(parts)).toEqual(whole);
      }
    }
    expect(split([...body].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  it('takes a line of exactly the bound, and tells the size of one that is longer and what follows it', () => {
    const body = `${'x'.repeat(10)}\n${'y'.repeat(11)}\nz\n${'w'.repeat(25)}`;
    const lines = [
      [1, 'x'.repeat(10)],
      [2, 11],
      [3, 'z'],
      [4, 25],
    ];
    expect(split([body], 10)).toEqual(lines);
    for (let at = 0; at <= body.length; at += 1) expect(split([body.slice(0, at), body.slice(at)], 10)).toEqual(lines);
  });

  it('holds no more than one line of the bound, however it comes', () => {
    const splitter = new LineSplitter(1000);
    const chunk = Buffer.alloc(64 * 1024, 'x');
    for (let round = 0; round < 100; round += 1) {
      expect([...splitter.add(chunk)]).toEqual([]);
      // It is too long already: nothing of it is worth keeping.
      expect(splitter.bytesHeld).toBe(0);
    }
    for (let byte = 0; byte < 5000; byte += 1) {
      for (const _ of splitter.add(Buffer.from(byte === 0 ? '\n' : 'y')));
      expect(splitter.bytesHeld).toBeLessThanOrEqual(1000);
    }
  });
});
