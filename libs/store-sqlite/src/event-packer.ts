// Takes events over as they arrive. What is left of one is bytes in columns, so that the objects of a request die young:
// kept until their commit, they cost the garbage collector as much as everything else the event costs this thread.
import type { NewEvent } from '@oncelog/core';
import { writeEventId } from '@oncelog/store-sql';
import { grown } from './grown.ts';
import { type NameColumn, noContentType, noTimestamp, type PackedEvents } from './packed-events.ts';

const eventsAtFirst = 64;
const bytesAtFirst = 4096;

/** Names get numbers in the order in which they first come. */
class NamePacker {
  readonly #numberOf = new Map<string, number>();
  #numbers = new Uint32Array(eventsAtFirst);

  set(index: number, name: string): void {
    let number = this.#numberOf.get(name);
    if (number === undefined) this.#numberOf.set(name, (number = this.#numberOf.size));
    if (index === this.#numbers.length) this.#numbers = grown(this.#numbers);
    this.#numbers[index] = number;
  }

  finish(): NameColumn {
    return { names: [...this.#numberOf.keys()], numbers: this.#numbers };
  }
}

export class EventPacker {
  #count = 0;
  readonly #topics = new NamePacker();
  readonly #sources = new NamePacker();
  readonly #contentTypes = new NamePacker();
  readonly #attributes: (string | null)[] = [];
  #seconds = new Float64Array(eventsAtFirst);
  #nanos = new Int32Array(eventsAtFirst);
  #idEnds = new Uint32Array(eventsAtFirst);
  #contentEnds = new Uint32Array(eventsAtFirst);
  #ids = new Uint8Array(bytesAtFirst);
  #idsAsBuffer = Buffer.from(this.#ids.buffer);
  #contents = new Uint8Array(bytesAtFirst);

  add({ topic, eventId, source, timestamp, attributes, content }: NewEvent): void {
    const index = this.#count;
    if (index === this.#seconds.length) this.#grow();
    this.#topics.set(index, topic);
    this.#sources.set(index, source);
    this.#contentTypes.set(index, content.contentType ?? noContentType);
    this.#attributes.push(attributes === undefined ? null : JSON.stringify(attributes));
    this.#seconds[index] = timestamp?.seconds ?? 0;
    this.#nanos[index] = timestamp?.nanos ?? noTimestamp;
    this.#idEnds[index] = this.#addId(eventId, index === 0 ? 0 : this.#idEnds[index - 1]!);
    this.#contentEnds[index] = this.#addContent(content.bytes, index === 0 ? 0 : this.#contentEnds[index - 1]!);
    this.#count = index + 1;
  }

  /** Gives everything away: there is nothing to add to afterwards. */
  finish(): PackedEvents {
    return {
      count: this.#count,
      topics: this.#topics.finish(),
      sources: this.#sources.finish(),
      contentTypes: this.#contentTypes.finish(),
      eventIds: { ends: this.#idEnds, bytes: this.#ids },
      contents: { ends: this.#contentEnds, bytes: this.#contents },
      seconds: this.#seconds,
      nanos: this.#nanos,
      attributes: this.#attributes.some((text) => text !== null) ? this.#attributes : [],
    };
  }

  #addId(eventId: string, start: number): number {
    // UTF-8 takes at most three bytes for what a string counts as one.
    const sizeMax = start + eventId.length * 3;
    if (sizeMax > this.#ids.length) {
      this.#ids = grown(this.#ids, sizeMax);
      this.#idsAsBuffer = Buffer.from(this.#ids.buffer);
    }
    return writeEventId(eventId, this.#idsAsBuffer, start);
  }

  #addContent(content: Uint8Array, start: number): number {
    const end = start + content.length;
    if (end > this.#contents.length) this.#contents = grown(this.#contents, end);
    this.#contents.set(content, start);
    return end;
  }

  #grow(): void {
    this.#seconds = grown(this.#seconds);
    this.#nanos = grown(this.#nanos);
    this.#idEnds = grown(this.#idEnds);
    this.#contentEnds = grown(this.#contentEnds);
  }
}
