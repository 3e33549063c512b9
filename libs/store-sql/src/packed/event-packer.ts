// Takes events over as they arrive. What is left of one is bytes in columns, so that objects of a request die young:
// kept until their commit, they cost the garbage collector as much as all else that the event costs this thread.
import { contentDigest, digestBytes, type NewEvent } from '@oncelog/core';
import { writeEventId } from '../event-id-bytes.ts';
import { type Columns, emptyColumns, growColumns, grown } from './columns.ts';
import { noContentType, noTimestamp, type PackedEvents } from './packed-events.ts';

/** Names by the order in which they first come. */
class NameNumbers {
  readonly #numberOf = new Map<string, number>();

  of(name: string): number {
    let number = this.#numberOf.get(name);
    if (number === undefined) this.#numberOf.set(name, (number = this.#numberOf.size));
    return number;
  }

  get names(): string[] {
    return [...this.#numberOf.keys()];
  }
}

export class EventPacker {
  readonly #columns: Columns;
  readonly #topics = new NameNumbers();
  readonly #sources = new NameNumbers();
  readonly #contentTypes = new NameNumbers();
  readonly #attributes: (string | null)[] = [];
  #anyAttributes = false;
  #idsAsBuffer: Buffer;
  #count = 0;

  constructor(columns = emptyColumns()) {
    this.#columns = columns;
    this.#idsAsBuffer = Buffer.from(columns.ids.buffer);
  }

  add({ topic, eventId, source, timestamp, attributes, content }: NewEvent): void {
    const columns = this.#columns;
    const index = this.#count;
    if (index === columns.topics.length) growColumns(columns);
    columns.topics[index] = this.#topics.of(topic);
    columns.sources[index] = this.#sources.of(source);
    columns.contentTypes[index] = this.#contentTypes.of(content.contentType ?? noContentType);
    columns.seconds[index] = timestamp?.seconds ?? 0;
    columns.nanos[index] = timestamp?.nanos ?? noTimestamp;
    columns.idEnds[index] = this.#addId(eventId, index === 0 ? 0 : columns.idEnds[index - 1]!);
    columns.contentEnds[index] = this.#addContent(content.bytes, index === 0 ? 0 : columns.contentEnds[index - 1]!);
    this.#attributes.push(attributes === undefined ? null : JSON.stringify(attributes));
    this.#anyAttributes ||= attributes !== undefined;
    this.#count = index + 1;
  }

  /** The digest comes along ready: the thread that writes is the one that all wait for. */
  addWithDigest(event: NewEvent): void {
    this.add(event);
    this.#columns.digests.set(contentDigest(event.content), (this.#count - 1) * digestBytes);
  }

  /** Gives everything away: there is nothing to add to afterwards. */
  finish(): PackedEvents {
    return {
      count: this.#count,
      topicNames: this.#topics.names,
      sourceNames: this.#sources.names,
      contentTypeNames: this.#contentTypes.names,
      attributes: this.#anyAttributes ? this.#attributes : [],
      columns: this.#columns,
    };
  }

  #addId(eventId: string, start: number): number {
    // UTF-8 takes at most three bytes for what a string counts as one.
    const sizeMax = start + eventId.length * 3;
    if (sizeMax > this.#columns.ids.length) {
      this.#columns.ids = grown(this.#columns.ids, sizeMax);
      this.#idsAsBuffer = Buffer.from(this.#columns.ids.buffer);
    }
    return writeEventId(eventId, this.#idsAsBuffer, start);
  }

  #addContent(content: Uint8Array, start: number): number {
    const end = start + content.length;
    if (end > this.#columns.contents.length) this.#columns.contents = grown(this.#columns.contents, end);
    this.#columns.contents.set(content, start);
    return end;
  }
}
