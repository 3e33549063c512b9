// One place of the log, as readers get it: an event, or what is left of one whose content was erased.
import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { ErasedEvent, Event, LogEntry as LogEntryMessage, StoredEvent } from '@oncelog/protocol';
import { OncelogClientError } from '../failures/client-error.ts';

/** Told apart by `kind`. */
export type LogEntry = EventEntry | ErasedEntry;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

abstract class Place<Stored extends StoredEvent | ErasedEvent> {
  /** In the words of the contract. */
  readonly stored: Stored;

  constructor(stored: Stored) {
    this.stored = stored;
  }

  get position(): bigint {
    return this.stored.position;
  }

  get storedTime(): Date {
    return timestampDate(this.stored.storedTime!);
  }

  /** Hand it to `after` to read what follows this entry. */
  get cursor(): string {
    return this.stored.cursor;
  }
}

export class EventEntry extends Place<StoredEvent> {
  readonly kind = 'event';

  get topic(): string {
    return this.#event.topic;
  }

  get eventId(): string {
    return this.#event.eventId;
  }

  get source(): string {
    return this.#event.source;
  }

  get attributes(): Readonly<Record<string, string>> {
    return this.#event.attributes;
  }

  /** When it happened, by the publisher's clock. */
  get timestamp(): Date | undefined {
    return this.#event.timestamp && timestampDate(this.#event.timestamp);
  }

  get bytes(): Uint8Array {
    const { content } = this.#event;
    return content.case === 'data' ? content.value : new TextEncoder().encode(JSON.stringify(content.value ?? {}));
  }

  /** The content as UTF-8; throws when it is something else. */
  get text(): string {
    return utf8.decode(this.bytes);
  }

  /** The content as JSON; throws SyntaxError when it is something else. Integers beyond 2^53 are rounded: see text. */
  json<T = unknown>(): T {
    const { content } = this.#event;
    return (content.case === 'payload' ? content.value : JSON.parse(content.case ? this.text : '{}')) as T;
  }

  get #event(): Event {
    return this.stored.event!;
  }
}

/** Its key stays taken for ever; source, attributes and content are gone. */
export class ErasedEntry extends Place<ErasedEvent> {
  readonly kind = 'erased';

  get topic(): string {
    return this.stored.topic;
  }

  get eventId(): string {
    return this.stored.eventId;
  }
}

export function logEntryOf({ entry }: LogEntryMessage): LogEntry {
  if (entry.case === 'event' && entry.value.event) return new EventEntry(entry.value);
  if (entry.case === 'erased') return new ErasedEntry(entry.value);
  // Passed over in silence it would be a gap.
  throw new OncelogClientError('INTERNAL', 'the aggregator sent an entry of a kind that this client does not know');
}
