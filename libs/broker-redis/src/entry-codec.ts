// Events as the bytes of an entry, and back: what is not exactly an entry of this version is no entry at all.
//
// "ONCE", a version, how many events, how many bytes they take; the events; a CRC-32 of everything before it. Numbers
// are little-endian, texts UTF-8 behind their length.
import { crc32 } from 'node:zlib';
import type { Attributes, Instant, NewEvent } from '@oncelog/core';

const magic = Buffer.from('ONCE');
const version = 1;
/** Magic, version, events, bytes of events. */
const headerBytes = 4 + 1 + 4 + 4;
const checksumBytes = 4;

const hasTimestamp = 1;
const hasContentType = 2;
const hasAttributes = 4;
const flagsKnown = hasTimestamp | hasContentType | hasAttributes;

/** An event's flags, its lengths and its timestamp, whatever it holds. */
const eventOverheadBytes = 1 + 4 * 4 + 12 + 4;
const attributeOverheadBytes = 8;

/** At least what `write` takes for it: a text of n UTF-16 units is at most 3n bytes of UTF-8. */
export function encodedBytesMax({ topic, eventId, source, attributes, content }: NewEvent): number {
  const texts = topic.length + eventId.length + source.length + (content.contentType?.length ?? 0);
  let bytes = eventOverheadBytes + 4 + texts * 3 + content.bytes.length;
  for (const [name, value] of Object.entries(attributes ?? {})) {
    bytes += attributeOverheadBytes + (name.length + value.length) * 3;
  }
  return bytes;
}

export class EntryWriter {
  events = 0;
  #buffer: Buffer;
  #end = headerBytes;

  constructor(bytesHint: number) {
    this.#buffer = Buffer.allocUnsafe(bytesHint + headerBytes + checksumBytes);
  }

  get bytes(): number {
    return this.#end + checksumBytes;
  }

  add(event: NewEvent): void {
    this.#reserve(encodedBytesMax(event));
    const { timestamp, attributes, content } = event;
    const { contentType } = content;
    const flags =
      (timestamp === undefined ? 0 : hasTimestamp) |
      (contentType === undefined ? 0 : hasContentType) |
      (attributes === undefined ? 0 : hasAttributes);
    this.#end = this.#buffer.writeUInt8(flags, this.#end);
    this.#text(event.topic);
    this.#text(event.eventId);
    this.#text(event.source);
    if (timestamp !== undefined) {
      this.#end = this.#buffer.writeDoubleLE(timestamp.seconds, this.#end);
      this.#end = this.#buffer.writeUInt32LE(timestamp.nanos, this.#end);
    }
    if (contentType !== undefined) this.#text(contentType);
    if (attributes !== undefined) this.#attributes(attributes);
    this.#end = this.#buffer.writeUInt32LE(content.bytes.length, this.#end);
    this.#buffer.set(content.bytes, this.#end);
    this.#end += content.bytes.length;
    this.events += 1;
  }

  finish(): Buffer {
    magic.copy(this.#buffer);
    this.#buffer.writeUInt8(version, 4);
    this.#buffer.writeUInt32LE(this.events, 5);
    this.#buffer.writeUInt32LE(this.#end - headerBytes, 9);
    this.#buffer.writeUInt32LE(crc32(this.#buffer.subarray(0, this.#end)), this.#end);
    return this.#buffer.subarray(0, this.bytes);
  }

  #attributes(attributes: Attributes): void {
    const entries = Object.entries(attributes);
    this.#end = this.#buffer.writeUInt32LE(entries.length, this.#end);
    for (const [name, value] of entries) {
      this.#text(name);
      this.#text(value);
    }
  }

  #text(text: string): void {
    const bytes = this.#buffer.write(text, this.#end + 4, 'utf8');
    this.#buffer.writeUInt32LE(bytes, this.#end);
    this.#end += 4 + bytes;
  }

  #reserve(bytes: number): void {
    const needed = this.bytes + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }
}

/** Undefined for anything but an entry of this version, whole. The contents are views of the bytes. */
export function decodeEntry(bytes: Buffer): readonly NewEvent[] | undefined {
  const end = bytes.length - checksumBytes;
  if (end < headerBytes || !bytes.subarray(0, 4).equals(magic) || bytes[4] !== version) return undefined;
  if (bytes.readUInt32LE(9) !== end - headerBytes) return undefined;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) return undefined;
  try {
    return readEvents(bytes.subarray(0, end));
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function readEvents(bytes: Buffer): readonly NewEvent[] | undefined {
  const reader = new EntryReader(bytes);
  const count = bytes.readUInt32LE(5);
  const events: NewEvent[] = [];
  for (let index = 0; index < count; index += 1) events.push(reader.event());
  return reader.atEnd ? events : undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Throws a RangeError past the end, and a TypeError for text that is not UTF-8. */
class EntryReader {
  readonly #bytes: Buffer;
  #at = headerBytes;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  event(): NewEvent {
    const flags = this.#take(1)[0]!;
    if ((flags & ~flagsKnown) !== 0) throw new RangeError('flags of another version');
    const [topic, eventId, source] = [this.#text(), this.#text(), this.#text()];
    const timestamp = flags & hasTimestamp ? { timestamp: this.#timestamp() } : undefined;
    const contentType = flags & hasContentType ? { contentType: this.#text() } : undefined;
    const attributes = flags & hasAttributes ? { attributes: this.#attributes() } : undefined;
    const content = { bytes: this.#take(this.#length()), ...contentType };
    return { topic, eventId, source, ...timestamp, ...attributes, content };
  }

  #timestamp(): Instant {
    return { seconds: this.#take(8).readDoubleLE(), nanos: this.#take(4).readUInt32LE() };
  }

  #attributes(): Attributes {
    const entries: [string, string][] = [];
    for (let left = this.#length(); left > 0; left -= 1) entries.push([this.#text(), this.#text()]);
    return Object.fromEntries(entries);
  }

  #text(): string {
    return utf8.decode(this.#take(this.#length()));
  }

  #length(): number {
    return this.#take(4).readUInt32LE();
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('past the end of the entry');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
