// Loaded into an aggregator with --import, this makes it answer before it commits: the fault that the kill cycles must
// be able to see. BEGIN and COMMIT of the store's writer are put off, so that its answers go out while the transaction
// is still open; it commits a little later, as a server that "flushes in the background" does. Should the store come
// to commit in another way, nothing is put off any more, nothing gets lost, and the test that expects losses fails.
import { createRequire } from 'node:module';

/** How long an answered event may wait for its commit. */
const commitDelayMs = Number(process.env['EARLY_ACKNOWLEDGEMENT_DELAY_MS']);

interface Statement {
  run(): unknown;
}

interface Database {
  readonly inTransaction: boolean;
  prepare(sql: string): Statement;
}

/** The store's own copy: modules are shared within a thread, and this file runs first in each of them. */
const requireOfStore = createRequire(new URL('../../../../libs/store-sqlite/package.json', import.meta.url));
const { prototype } = requireOfStore('better-sqlite3') as { readonly prototype: Database };
const { prepare } = prototype;
/** Connections that write in transactions of their own making; that of the migrations makes none. */
const writers = new WeakSet<Database>();

prototype.prepare = function prepareLate(this: Database, sql: string): Statement {
  const statement = prepare.call(this, sql);
  if (sql === 'begin immediate') {
    writers.add(this);
    return { run: () => (this.inTransaction ? undefined : statement.run()) };
  }
  if (sql !== 'commit' || !writers.has(this)) return statement;
  let waiting = false;
  const commit = () => {
    waiting = false;
    if (this.inTransaction) statement.run();
  };
  return {
    run() {
      if (!waiting) setTimeout(commit, commitDelayMs);
      waiting = true;
    },
  };
};
