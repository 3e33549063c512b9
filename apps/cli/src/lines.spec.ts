import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { lineBytesMax, linesOf } from './lines.ts';

async function chunksOfLines(...chunks: string[]): Promise<(string | undefined)[][]> {
  const found = [];
  for await (const lines of linesOf(Readable.from(chunks.map((chunk) => Buffer.from(chunk))))) {
    found.push(lines.map(({ number, bytes }) => `${number}:${bytes?.toString() ?? 'too long'}`));
  }
  return found;
}

describe('lines of a stream', () => {
  it('come as soon as they are there, all of them at once', async () => {
    expect(await chunksOfLines('a\nb\n', 'c\n')).toEqual([['1:a', '2:b'], ['3:c']]);
  });

  it('are put together from chunks, also in the middle of a character', async () => {
    const bytes = Buffer.from('grün\n');
    const found = [];
    for await (const lines of linesOf(Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]))) found.push(...lines);
    expect(found.map((line) => line.bytes?.toString())).toEqual(['grün']);
  });

  it('may lack the last line break', async () => {
    expect(await chunksOfLines('a\nb')).toEqual([['1:a'], ['2:b']]);
  });

  it('leave out empty lines but count them', async () => {
    expect(await chunksOfLines('\n\na\r\n\r\nb\n')).toEqual([['3:a', '5:b']]);
  });

  it('that are too long are told, not kept', async () => {
    const part = 'x'.repeat(lineBytesMax / 2);
    expect(await chunksOfLines(part, part, 'x', '\nnext\n')).toEqual([['1:too long', '2:next']]);
    expect(await chunksOfLines(part, part, '\nnext\n')).toEqual([[`1:${part}${part}`, '2:next']]);
  });
});
