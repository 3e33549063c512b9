// A byte stream as lines, all that has arrived: a slow pipe is passed on at once, a fast one in bulk.
import type { Readable } from 'node:stream';

/** The largest event as JSON: 256 KiB of content in base64, its keys and its attributes. Memory is bounded by it. */
export const lineBytesMax = 1024 * 1024;

/** What some editors and shells begin a file of UTF-8 with. */
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

const newline = 0x0a;
const carriageReturn = 0x0d;

export interface Line {
  readonly number: number;
  /** Undefined for a line longer than the bound. */
  readonly bytes: Buffer | undefined;
}

/** The lines of each chunk that are not empty; what follows the last line break comes at the end. */
export async function* linesOf(stream: Readable): AsyncGenerator<Line[], void, undefined> {
  let number = 0;
  let rest: Buffer[] = [];
  let restBytes = 0;
  const lineOf = (end: Buffer): Line => {
    number += 1;
    let bytes: Buffer | undefined = restBytes + end.length > lineBytesMax ? undefined : Buffer.concat([...rest, end]);
    if (number === 1 && bytes) bytes = withoutByteOrderMark(bytes);
    rest = [];
    restBytes = 0;
    return { number, bytes: bytes?.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes };
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = lineOf(chunk.subarray(start, end));
      if (line.bytes?.length !== 0) lines.push(line);
      start = end + 1;
    }
    const tail = chunk.subarray(start);
    restBytes += tail.length;
    // Of a line that is too long only the length is kept.
    if (restBytes <= lineBytesMax) rest.push(tail);
    else rest = [];
    if (lines.length > 0) yield lines;
  }
  const last = restBytes > 0 ? lineOf(Buffer.alloc(0)) : undefined;
  if (last && last.bytes?.length !== 0) yield [last];
}

export function withoutByteOrderMark(bytes: Buffer): Buffer {
  return byteOrderMark.equals(bytes.subarray(0, byteOrderMark.length)) ? bytes.subarray(byteOrderMark.length) : bytes;
}
