// What a subscriber is told as frames of gRPC. An entry is put into bytes once for all who get it.
import { toBinary } from '@bufbuild/protobuf';
import { encodeCursor, type LogEntry } from '@oncelog/core';
import type { Delivered } from '@oncelog/delivery';
import { type ContentView, LogEntrySchema, SubscribeResponseSchema } from '@oncelog/protocol';
import { entryToProto } from '../connect/event-to-proto.ts';
import { subscribeResponse } from '../connect/subscribe-route.ts';
import { frameHeaderBytes } from '../frames/frame-splitter.ts';

/** The tags of SubscribeResponse.batch, EventBatch.entries and EventBatch.cursor: all of them have a length. */
const batchTag = 0x0a;
const entriesTag = 0x0a;
const cursorTag = 0x12;

interface Encoded {
  readonly view: ContentView;
  readonly bytes: Uint8Array;
}

/** For as long as an entry is in the live window, or on its way to somebody. */
const encodedEntries = new WeakMap<LogEntry, Encoded>();

export function subscribeFrame(delivered: Delivered, logId: string, view: ContentView): Buffer {
  if (delivered.kind === 'batch') return batchFrame(delivered.entries, delivered.position, logId, view);
  const message = toBinary(SubscribeResponseSchema, subscribeResponse(delivered, logId, view));
  const frame = Buffer.allocUnsafe(frameHeaderBytes + message.length);
  frame.set(message, writeHeader(frame, message.length));
  return frame;
}

/** Field by field around the entries' own bytes: of a hundred subscribers each costs a copy, and no encoding. */
function batchFrame(entries: readonly LogEntry[], position: number, logId: string, view: ContentView): Buffer {
  const cursor = encodeCursor(logId, position);
  let batchBytes = fieldBytes(cursor.length);
  for (const entry of entries) batchBytes += fieldBytes(encodedEntry(entry, logId, view).length);

  const frame = Buffer.allocUnsafe(frameHeaderBytes + fieldBytes(batchBytes));
  let at = writeHeader(frame, frame.length - frameHeaderBytes);
  at = writeField(frame, at, batchTag, batchBytes);
  for (const entry of entries) {
    const bytes = encodedEntry(entry, logId, view);
    at = writeField(frame, at, entriesTag, bytes.length);
    frame.set(bytes, at);
    at += bytes.length;
  }
  at = writeField(frame, at, cursorTag, cursor.length);
  frame.write(cursor, at, 'latin1');
  return frame;
}

function encodedEntry(entry: LogEntry, logId: string, view: ContentView): Uint8Array {
  const known = encodedEntries.get(entry);
  if (known?.view === view) return known.bytes;
  const bytes = toBinary(LogEntrySchema, entryToProto(entry, logId, view));
  encodedEntries.set(entry, { view, bytes });
  return bytes;
}

/** Returns where the message begins. */
function writeHeader(frame: Buffer, messageBytes: number): number {
  frame[0] = 0;
  return frame.writeUInt32BE(messageBytes, 1);
}

/** Tag and length; returns where what is in the field begins. */
function writeField(frame: Buffer, start: number, tag: number, length: number): number {
  let at = frame.writeUInt8(tag, start);
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) at = frame.writeUInt8((rest & 0x7f) | 0x80, at);
  return frame.writeUInt8(rest, at);
}

function fieldBytes(length: number): number {
  let bytes = 2 + length;
  for (let rest = length; rest > 0x7f; rest >>>= 7) bytes += 1;
  return bytes;
}
