// The buffers that events wait in for their transaction: given away with it, given back with its outcomes.
import { digestBytes } from '@oncelog/core';

const eventsAtFirst = 64;
const bytesAtFirst = 4096;

type Column = Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** One value an event, or bytes one event after the other. What lies beyond the last event is left over from others. */
export interface Columns {
  /** Indexes into lists of names. */
  topics: Uint32Array<ArrayBuffer>;
  sources: Uint32Array<ArrayBuffer>;
  contentTypes: Uint32Array<ArrayBuffer>;
  seconds: Float64Array<ArrayBuffer>;
  nanos: Int32Array<ArrayBuffer>;
  digests: Uint8Array<ArrayBuffer>;
  /** Where the id of each event ends; it begins where the one before ends. */
  idEnds: Uint32Array<ArrayBuffer>;
  contentEnds: Uint32Array<ArrayBuffer>;
  ids: Uint8Array<ArrayBuffer>;
  contents: Uint8Array<ArrayBuffer>;
}

export function emptyColumns(): Columns {
  return {
    topics: new Uint32Array(eventsAtFirst),
    sources: new Uint32Array(eventsAtFirst),
    contentTypes: new Uint32Array(eventsAtFirst),
    seconds: new Float64Array(eventsAtFirst),
    nanos: new Int32Array(eventsAtFirst),
    digests: new Uint8Array(eventsAtFirst * digestBytes),
    idEnds: new Uint32Array(eventsAtFirst),
    contentEnds: new Uint32Array(eventsAtFirst),
    ids: new Uint8Array(bytesAtFirst),
    contents: new Uint8Array(bytesAtFirst),
  };
}

/** Room for twice as many events; their ids and contents find their own. */
export function growColumns(columns: Columns): void {
  columns.topics = grown(columns.topics);
  columns.sources = grown(columns.sources);
  columns.contentTypes = grown(columns.contentTypes);
  columns.seconds = grown(columns.seconds);
  columns.nanos = grown(columns.nanos);
  columns.digests = grown(columns.digests);
  columns.idEnds = grown(columns.idEnds);
  columns.contentEnds = grown(columns.contentEnds);
}

/** The same column, twice as long, or more when that is too short. */
export function grown<Each extends Column>(column: Each, lengthMin = 0): Each {
  const Kind = column.constructor as new (length: number) => Each;
  const longer = new Kind(Math.max(2 * column.length, lengthMin));
  longer.set(column);
  return longer;
}

export function buffersOf(columns: Columns): ArrayBuffer[] {
  return Object.values(columns).map(({ buffer }: Column) => buffer);
}

/**
 * Columns that came back, for the next events. Made anew for every transaction, they were zeroed for nothing and left
 * the allocator holding 76 MB instead of 60 under a stream.
 */
export class SpareColumns {
  /** One that fills, and two on their way. */
  static readonly #keptMax = 3;
  /** Longer ones, left by unusually large events, are not kept. */
  static readonly #contentBytesKeptMax = 8 * 1024 * 1024;
  readonly #kept: Columns[] = [];

  take(): Columns {
    return this.#kept.pop() ?? emptyColumns();
  }

  giveBack(columns: Columns): void {
    if (columns.contents.length > SpareColumns.#contentBytesKeptMax) return;
    if (this.#kept.length < SpareColumns.#keptMax) this.#kept.push(columns);
  }
}
