// The counters of topics or sources: names become rows, and a transaction's counts are added to them once, at its end.
import { otherSources, type Verdict } from '@oncelog/core';
import type { NativeDatabase } from './open-database.ts';

/** At most 255 bytes each; a name past it costs a look-up in an index. */
const idsCachedMax = 20_000;

const counterOf = { stored: 'stored', duplicate: 'duplicates', conflict: 'conflicts' } as const;

export interface Counts {
  stored: number;
  duplicates: number;
  conflicts: number;
}

export interface Tally extends Counts {
  readonly id: number;
}

export function count(tally: Counts, status: Verdict): void {
  tally[counterOf[status]] += 1;
}

export class CountedNames {
  readonly #namesMax: number;
  readonly #select;
  readonly #insert;
  readonly #add;
  readonly #highest;
  readonly #ids = new Map<string, number>();
  readonly #tallies = new Map<string, Tally>();
  #highestId = 0;

  constructor(native: NativeDatabase, table: 'topic' | 'source', namesMax = Infinity) {
    this.#namesMax = namesMax;
    this.#select = native.prepare<[string], number>(`select id from ${table} where name = ?`).pluck();
    this.#insert = native.prepare<[number, string]>(
      `insert into ${table} (id, name, stored, duplicates, conflicts) values (?, ?, 0, 0, 0)`,
    );
    this.#add = native.prepare<[number, number, number, number]>(
      `update ${table} set stored = stored + ?, duplicates = duplicates + ?, conflicts = conflicts + ? where id = ?`,
    );
    this.#highest = native.prepare<[], number | null>(`select max(id) from ${table}`).pluck();
    this.reload();
  }

  /** Forgets what a transaction that failed has left behind. */
  reload(): void {
    this.#ids.clear();
    this.#tallies.clear();
    this.#highestId = this.#highest.get() ?? 0;
  }

  /** The counts of this transaction; names past the bound are counted together. */
  tallyOf(name: string): Tally {
    const counted = this.#tallies.get(name);
    if (counted) return counted;
    const id = this.#idOf(name) ?? this.#create(name);
    const tally = id === undefined ? this.tallyOf(otherSources) : { id, stored: 0, duplicates: 0, conflicts: 0 };
    this.#tallies.set(name, tally);
    return tally;
  }

  flush(): void {
    for (const tally of new Set(this.#tallies.values())) {
      this.#add.run(tally.stored, tally.duplicates, tally.conflicts, tally.id);
    }
    this.#tallies.clear();
  }

  #idOf(name: string): number | undefined {
    const cached = this.#ids.get(name);
    if (cached !== undefined) return cached;
    const id = this.#select.get(name);
    if (id !== undefined) this.#keep(name, id);
    return id;
  }

  #create(name: string): number | undefined {
    if (this.#highestId >= this.#namesMax && name !== otherSources) return undefined;
    this.#highestId += 1;
    this.#insert.run(this.#highestId, name);
    this.#keep(name, this.#highestId);
    return this.#highestId;
  }

  #keep(name: string, id: number): void {
    if (this.#ids.size >= idsCachedMax) this.#ids.clear();
    this.#ids.set(name, id);
  }
}
