// A whole log from one store into another: copied, compared, and only then a log that can be opened.
import { OncelogError } from '@oncelog/core';
import { type CopiedLog, type LogImport, openLogForImport, type TableRows } from '@oncelog/store-postgres';
import type { RawRow, ReadRows } from '@oncelog/store-sql';
import { openLogForCopy } from '@oncelog/store-sqlite';
import { type EntryPage, type PageLimits, pageLimits, pagesOf, readEntryPage } from './copied-pages.ts';
import { bodyTable, type CopiedTable, keyTable, logTable, smallTables } from './copied-tables.ts';
import type { CopiedRows, CopyProgress, CopyReport } from './copy-report.ts';
import { directoryOf } from './log-url.ts';
import {
  damaged,
  refuseDamage,
  refuseStrayBodies,
  verifyEntries,
  verifySmallTables,
  verifyTable,
} from './verify-copy.ts';

export interface CopyOptions {
  /** sqlite:<data directory>. No aggregator may have it open. */
  readonly from: string;
  /** postgresql://user:password@host:port/database?schema=oncelog. */
  readonly to: string;
  /** After each page. */
  readonly onProgress?: (progress: CopyProgress) => void;
  /** Ends the copy behind the page at hand. */
  readonly signal?: AbortSignal;
  readonly limits?: PageLimits;
}

/**
 * What the target holds is how far the copy has come: after any end the same call goes on from there. Until everything
 * was compared the target is marked, so that nobody takes it for a log.
 */
export async function copyLog(options: CopyOptions): Promise<CopyReport> {
  const source = await openLogForCopy(directoryOf(options.from));
  try {
    const target = await openLogForImport(options.to);
    try {
      return await new LogCopy(source.read, target, options).run();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

const nothing: CopiedRows = {
  topics: 0,
  sources: 0,
  drops: 0,
  erased: 0,
  groups: 0,
  outstanding: 0,
  deadLetters: 0,
};

class LogCopy {
  readonly #source: ReadRows;
  readonly #target: LogImport;
  readonly #options: CopyOptions;
  readonly #limits: PageLimits;

  constructor(source: ReadRows, target: LogImport, options: CopyOptions) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
    this.#limits = options.limits ?? pageLimits;
  }

  async run(): Promise<CopyReport> {
    const log = await readLog(this.#source);
    const { finished, head } = await this.#target.begin(log);
    const startedMs = performance.now();
    const copied = finished ? 0 : await this.#copy(log, head);
    const copiedMs = performance.now();
    const rows = await this.#verify(log.stored);
    if (rows && !finished) await this.#target.finish();
    return {
      status: rows ? 'complete' : 'interrupted',
      logId: log.log_id,
      events: log.stored,
      copied,
      copyMs: copiedMs - startedMs,
      verifyMs: performance.now() - copiedMs,
      rows: rows ?? nothing,
    };
  }

  async #copy(log: CopiedLog, head: number): Promise<number> {
    await this.#target.clear(Object.values(smallTables).map(({ name }) => name));
    const last = await this.#copyEntries(log.stored, head);
    for (const table of Object.values(smallTables)) {
      for await (const rows of pagesOf(this.#source, table)) {
        if (this.#interrupted) return last - head;
        await this.#target.insert([rowsOf(table, rows)]);
      }
    }
    // Of what was erased since an earlier run has copied it.
    await this.#target.removeErasedBodies();
    return last - head;
  }

  /** The next page is read while the database takes the one before. */
  async #copyEntries(total: number, head: number): Promise<number> {
    let last = head;
    let writing = Promise.resolve(head);
    try {
      while (last < total && !this.#interrupted) {
        const page = await readEntryPage(this.#source, last, this.#limits);
        refuseDamage(page, last, 'source');
        if (page.last === last) throw damaged('source', last + 1, 'is missing');
        this.#tell('copying', await writing, total);
        last = page.last;
        writing = this.#write(page);
      }
    } finally {
      this.#tell('copying', await writing, total);
    }
    return last;
  }

  /** Resolves with how far the target has come. Whoever waits for it comes after the next page: a failure must not. */
  #write({ keys, bodies, last }: EntryPage): Promise<number> {
    const writing = this.#target.insert([rowsOf(keyTable, keys), rowsOf(bodyTable, bodies)]).then(() => last);
    writing.catch(() => undefined);
    return writing;
  }

  /** How many rows the small tables have; undefined when it was interrupted. */
  async #verify(total: number): Promise<CopiedRows | undefined> {
    const sides = { source: this.#source, target: this.#target.read };
    let [last, before] = [0, -1];
    while (last > before) {
      if (this.#interrupted) return undefined;
      this.#tell('verifying', last, total);
      before = last;
      last = await verifyEntries(sides, last, this.#limits);
    }
    if (last !== total) throw damaged('source', last, `is the last one, its counter says ${total}`);
    await refuseStrayBodies(sides.target, total);
    await verifyTable(sides, logTable);
    return verifySmallTables(sides);
  }

  get #interrupted(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  #tell(step: CopyProgress['step'], done: number, total: number): void {
    this.#options.onProgress?.({ step, done, total });
  }
}

async function readLog(read: ReadRows): Promise<CopiedLog> {
  const [log] = await read('select log_id, created_time_ms, stored, duplicates, conflicts from log where id = 1');
  if (log === undefined) throw new OncelogError('NOT_FOUND', 'the source has no log yet: no aggregator has opened it');
  return log as unknown as CopiedLog;
}

function rowsOf({ name, columns }: CopiedTable, rows: readonly RawRow[]): TableRows {
  return { table: name, columns, rows: rows.map((row) => columns.map((column) => row[column]!)) };
}
