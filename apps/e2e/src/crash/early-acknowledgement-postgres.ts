// Loaded into an aggregator with --import, this makes it answer before PostgreSQL commits: the fault that the kill
// cycles must be able to see. The statement that stores a group commits by itself; here a transaction is opened around
// it, which is committed a little later, as a server that "flushes in the background" does. Should the store come to
// write by another statement, nothing is put off any more, nothing gets lost, and the test that expects losses fails.
import { createRequire } from 'node:module';

/** How long an answered group may wait for its commit. */
const commitDelayMs = 50;
const hotStatement = 'append_events';
/** A replica that sees that the log has become shorter ends by itself; here nobody is to notice but the clients. */
const lookAtEnd = /^select log_id\b.*\bstored from log$/s;

interface Client {
  query(statement: string | { readonly name?: string }, ...rest: readonly unknown[]): Promise<unknown>;
}

/** The store's own copy: modules are shared within a thread, and this file runs first in each of them. */
const requireOfStore = createRequire(new URL('../../../../libs/store-postgres/package.json', import.meta.url));
const { prototype } = (requireOfStore('pg') as { readonly Client: { readonly prototype: Client } }).Client;
const { query } = prototype;
const open = new WeakSet<Client>();

prototype.query = function queryLate(this: Client, statement, ...rest) {
  if (typeof statement === 'string' && lookAtEnd.test(statement)) return Promise.resolve({ rows: [] });
  if (typeof statement === 'string' || statement.name !== hotStatement) return query.call(this, statement, ...rest);
  if (!open.has(this)) {
    open.add(this);
    // A connection that is lost tells of it through the statement itself.
    query.call(this, 'begin').catch(() => {});
    setTimeout(() => {
      open.delete(this);
      query.call(this, 'commit').catch(() => {});
    }, commitDelayMs);
  }
  return query.call(this, statement, ...rest);
};
