// Bloom filters over the indexed keys: a new key, which most are, is known to be new without a look into the index,
// which at a million random keys costs as much as everything else of an event. Two bytes of memory a key.
import type { NativeDatabase } from '../open-database.ts';
import { prepare } from '../prepared.ts';
import { mix } from './key-hash.ts';

/** One filter is for the keys of this many positions: each change of it writes all of it. */
export const keysPerFilter = 2 ** 20;
const bitsPerFilter = 16 * keysPerFilter;
/** With 16 bits a key, four of them set, one new key in 400 is looked for in vain. */
const bitsPerKey = 4;
/** 64 MiB; a log of more keys goes without. */
export const filtersMax = 32;

interface SavedFilter {
  readonly keys_to: number;
  readonly bits: Buffer;
}

export class KeyFilters {
  readonly #select;
  readonly #save;
  readonly #filters: Uint32Array[] = [];
  readonly #changed = new Set<number>();
  /** Whether the filters know of every key. */
  #complete = true;

  constructor(native: NativeDatabase) {
    const select = 'select keys_to, bits from key_filter where id = ?';
    this.#select = prepare<[id: number], SavedFilter>(native, select);
    this.#save = prepare<[id: number, keysTo: number, bits: Uint8Array]>(
      native,
      `insert into key_filter (id, keys_to, bits) values (?, ?, ?)
       on conflict (id) do update set keys_to = excluded.keys_to, bits = excluded.bits`,
    );
  }

  /** Reads what was saved. A filter that might not know of a key would store it twice: then none is relied on. */
  load(indexedTo: number): void {
    this.#filters.length = 0;
    this.#changed.clear();
    const count = Math.ceil(indexedTo / keysPerFilter);
    this.#complete = count <= filtersMax;
    for (let id = 0; id < count && this.#complete; id += 1) {
      const saved = this.#select.get(id);
      this.#complete = saved?.keys_to === lastPositionOf(id, indexedTo) && saved.bits.length === bitsPerFilter / 8;
      if (this.#complete) this.#filters.push(new Uint32Array(Uint8Array.from(saved!.bits).buffer));
    }
  }

  /** False only when no key with this hash was added. */
  mayHold(hash: number): boolean {
    if (!this.#complete) return true;
    return this.#filters.some((filter) => holds(filter, hash));
  }

  add(position: number, hash: number): void {
    const id = Math.floor((position - 1) / keysPerFilter);
    if (!this.#complete || id >= filtersMax) {
      this.#complete = false;
      return;
    }
    const filter = (this.#filters[id] ??= new Uint32Array(bitsPerFilter / 32));
    this.#changed.add(id);
    for (let count = 0, bits = hash; count < bitsPerKey; count += 1, bits = mix(bits)) {
      const bit = bits % bitsPerFilter;
      filter[bit >>> 5]! |= 1 << (bit & 31);
    }
  }

  /** As part of the transaction that indexes the keys. */
  save(indexedTo: number): void {
    for (const id of this.#changed)
      this.#save.run(id, lastPositionOf(id, indexedTo), new Uint8Array(this.#filters[id]!.buffer));
    this.#changed.clear();
  }
}

function lastPositionOf(id: number, indexedTo: number): number {
  return Math.min(indexedTo, (id + 1) * keysPerFilter);
}

function holds(filter: Uint32Array, hash: number): boolean {
  for (let count = 0, bits = hash; count < bitsPerKey; count += 1, bits = mix(bits)) {
    const bit = bits % bitsPerFilter;
    if ((filter[bit >>> 5]! & (1 << (bit & 31))) === 0) return false;
  }
  return true;
}
