// Balances of accounts in a database of its own, each event in them exactly once: however often this process is killed.
// The cursor is stored in the transaction of the effect, so that one is never without the other.
import Database from 'better-sqlite3';
import { createOncelogClient, type LogEntry } from '@oncelog/client';

const [file = 'ledger.db'] = process.argv.slice(2);

const db = new Database(file);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(`
  create table if not exists balance (account text primary key, cents integer not null) strict;
  create table if not exists place (only integer primary key check (only = 1), cursor text not null) strict;
`);
const addToBalance = db.prepare<[string, number]>(
  `insert into balance values (?, ?) on conflict do update set cents = cents + excluded.cents`,
);
const setPlace = db.prepare<[string]>(
  `insert into place values (1, ?) on conflict do update set cursor = excluded.cursor`,
);
const place = db.prepare<[], { cursor: string }>('select cursor from place').get();

const apply = db.transaction((entry: LogEntry, cursor: string) => {
  if (entry.kind === 'event') {
    const { account, cents } = entry.json<{ account: string; cents: number }>();
    addToBalance.run(account, cents);
  }
  setPlace.run(cursor);
});

const client = await createOncelogClient({ target: process.env['ONCELOG_TARGET'] ?? '127.0.0.1:8080' });
const payments = client.subscribe({ topics: ['payments'], after: place?.cursor });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => payments.close());

for await (const entry of payments) {
  apply(entry, payments.cursor);
  console.log(`in the books: ${entry.eventId}`);
}
client.close();
db.close();
