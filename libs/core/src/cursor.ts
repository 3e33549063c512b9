// Opaque places in the log: a cursor says where, a page token says where in which listing.
import { hash } from 'node:crypto';
import { violated } from './errors.ts';

const cursorVersion = 1;
const pageTokenVersion = 2;
const markBytes = 4;
const cursorBytes = 1 + markBytes + 8;
const pageTokenBytes = cursorBytes + 8 + markBytes;

/** Where a listing stands. `top` is the head of the log when a descending listing began. */
export interface PagePlace {
  readonly position: number;
  readonly top: number;
}

export function encodeCursor(logId: string, position: number): string {
  return header(cursorVersion, cursorBytes, logId, position).toString('base64url');
}

/** The position behind a cursor of this log; anything else is refused under the name of the field that carried it. */
export function decodeCursor(logId: string, cursor: string, field: string): number {
  const bytes = decode(cursor, cursorVersion, cursorBytes, logId);
  if (bytes === undefined) throw refusedCursor(field, 'is not a cursor of this log');
  return positionAt(bytes, 1 + markBytes, field);
}

export function encodePageToken(logId: string, filter: string, place: PagePlace): string {
  const bytes = header(pageTokenVersion, pageTokenBytes, logId, place.position);
  bytes.writeBigUInt64BE(BigInt(place.top), cursorBytes);
  mark(filter).copy(bytes, cursorBytes + 8);
  return bytes.toString('base64url');
}

export function decodePageToken(logId: string, filter: string, token: string, field: string): PagePlace {
  const bytes = decode(token, pageTokenVersion, pageTokenBytes, logId);
  if (bytes === undefined) throw refusedCursor(field, 'is not a page token of this log');
  if (!bytes.subarray(cursorBytes + 8).equals(mark(filter))) {
    throw refusedCursor(field, 'belongs to a listing with another filter; send it with the filter it came from');
  }
  return { position: positionAt(bytes, 1 + markBytes, field), top: positionAt(bytes, cursorBytes, field) };
}

function header(version: number, length: number, logId: string, position: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes[0] = version;
  markOfLog(logId).copy(bytes, 1);
  bytes.writeBigUInt64BE(BigInt(position), 1 + markBytes);
  return bytes;
}

function decode(text: string, version: number, length: number, logId: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  const intact = bytes.length === length && bytes[0] === version && bytes.toString('base64url') === text;
  return intact && bytes.subarray(1, 1 + markBytes).equals(markOfLog(logId)) ? bytes : undefined;
}

function positionAt(bytes: Buffer, offset: number, field: string): number {
  const position = bytes.readBigUInt64BE(offset);
  if (position > BigInt(Number.MAX_SAFE_INTEGER)) throw refusedCursor(field, 'points past any position');
  return Number(position);
}

let known: { readonly logId: string; readonly mark: Buffer } | undefined;

/** A process has one log, and a cursor for every event it shows. */
function markOfLog(logId: string): Buffer {
  if (known?.logId !== logId) known = { logId, mark: mark(logId) };
  return known.mark;
}

function mark(text: string): Buffer {
  return hash('sha256', text, 'buffer').subarray(0, markBytes);
}

function refusedCursor(field: string, why: string) {
  return violated('RULE_BROKEN', [{ field, description: `${why}; take it from an answer, unchanged` }]);
}
