// Plain events straight from their bytes: one pass that checks and builds, where the general way takes three.
//
// Plain is what publishers of `data` send: each field at most once and in the order of their numbers, text of ASCII, no
// payload, no attributes. Of anything else this reader says nothing, neither good nor bad, so that no rule of the
// general way is written twice. A message of one event with 150 bytes of data takes 0.27 µs, and 1.2 the general way;
// among 500 an event takes 0.28 µs, and 0.8 the general way.
import { type Content, emptyContent, type Instant, type NewEvent } from '@oncelog/core';
import { defaultContentType } from '../connect/event-from-proto.ts';

/** A field's number and wire type, as one byte: all of these are preceded by their length. */
const tag = { events: 0x0a, topic: 0x0a, eventId: 0x12, timestamp: 0x1a, source: 0x22, data: 0x3a, contentType: 0x42 };
const secondsTag = 0x08;
const nanosTag = 0x10;

/** Seconds of up to 49 bits and nanoseconds of up to 31 are exact; what is longer is negative or no plain time. */
const secondsBytesMax = 7;
const nanosEnd = 2 ** 31;

const nothing = Buffer.alloc(0);

export class PlainEventsReader {
  readonly #eventsMax: number;
  #bytes: Buffer = nothing;
  #at = 0;
  // One publisher's events mostly share these: comparing is cheaper than making them again.
  #topic = '';
  #source = '';
  #contentType = '';

  constructor(eventsMax: number) {
    this.#eventsMax = eventsMax;
  }

  /** The events of the message from `start` to the end, or undefined when any of it is not plain. */
  read(bytes: Buffer, start: number): NewEvent[] | undefined {
    this.#bytes = bytes;
    this.#at = start;
    const events = this.#events();
    this.#bytes = nothing;
    return events;
  }

  #events(): NewEvent[] | undefined {
    const events: NewEvent[] = [];
    const end = this.#bytes.length;
    while (this.#at < end) {
      if (this.#bytes[this.#at] !== tag.events || events.length === this.#eventsMax) return undefined;
      this.#at += 1;
      const length = this.#length(end);
      if (length < 0) return undefined;
      const event = this.#event(this.#at + length);
      if (event === undefined) return undefined;
      events.push(event);
    }
    return events;
  }

  #event(end: number): NewEvent | undefined {
    let topic = '';
    let eventId = '';
    let source = '';
    let contentType = '';
    let timestamp: Instant | undefined;
    let data: Buffer | undefined;
    for (let last = 0; this.#at < end;) {
      const field = this.#bytes[this.#at]!;
      if (field <= last) return undefined;
      last = field;
      this.#at += 1;
      const length = this.#length(end);
      if (length < 0) return undefined;
      if (field === tag.data) {
        data = this.#bytes.subarray(this.#at, this.#at + length);
        this.#at += length;
      } else if (field === tag.timestamp) {
        timestamp = this.#instant(this.#at + length);
        if (timestamp === undefined) return undefined;
      } else {
        if (!this.#isAscii(length)) return undefined;
        if (field === tag.topic) topic = this.#topic = this.#text(length, this.#topic);
        else if (field === tag.eventId) eventId = this.#text(length, '');
        else if (field === tag.source) source = this.#source = this.#text(length, this.#source);
        else if (field === tag.contentType) contentType = this.#contentType = this.#text(length, this.#contentType);
        else return undefined;
      }
    }
    if (data === undefined && contentType !== '') return undefined;
    const content: Content = data ? { bytes: data, contentType: contentType || defaultContentType } : emptyContent;
    return { topic, eventId, timestamp, source, attributes: undefined, content };
  }

  /** The length that stands here, or -1 when it leads past the end or takes more than four bytes. */
  #length(end: number): number {
    const bytes = this.#bytes;
    let length = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[this.#at]!;
      this.#at += 1;
      length |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      return length > end - this.#at ? -1 : length;
    }
    return -1;
  }

  #isAscii(length: number): boolean {
    const bytes = this.#bytes;
    for (let at = this.#at, end = at + length; at < end; at += 1) if (bytes[at]! >= 0x80) return false;
    return true;
  }

  #text(length: number, last: string): string {
    const start = this.#at;
    this.#at += length;
    if (this.#isSame(last, start, length)) return last;
    return this.#bytes.toString('latin1', start, start + length);
  }

  #isSame(text: string, start: number, length: number): boolean {
    if (text.length !== length) return false;
    for (let at = 0; at < length; at += 1) if (text.charCodeAt(at) !== this.#bytes[start + at]) return false;
    return true;
  }

  #instant(end: number): Instant | undefined {
    let seconds = 0;
    let nanos = 0;
    if (this.#at < end && this.#bytes[this.#at] === secondsTag) seconds = this.#number(end);
    if (this.#at < end && this.#bytes[this.#at] === nanosTag) nanos = this.#number(end);
    if (this.#at !== end || seconds < 0 || nanos < 0 || nanos >= nanosEnd) return undefined;
    return { seconds, nanos };
  }

  /** The number behind the tag that stands here, or -1 when it is not whole or takes more than its bytes. */
  #number(end: number): number {
    let value = 0;
    this.#at += 1;
    for (let count = 0, scale = 1; count < secondsBytesMax && this.#at < end; count += 1, scale *= 128) {
      const byte = this.#bytes[this.#at]!;
      this.#at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return -1;
  }
}
