// The same with a group: several of these processes share the work and the books. A group delivers at least once and
// in no certain order, so that not one cursor but the position of each event says whether it is in the books.
import Database from 'better-sqlite3';
import { createOncelogClient, type LogEntry } from '@oncelog/client';

const [file = 'ledger.db', group = 'ledger'] = process.argv.slice(2);

const db = new Database(file, { timeout: 10_000 });
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(`
  create table if not exists balance (account text primary key, cents integer not null) strict;
  create table if not exists applied (position integer primary key) strict;
`);
const addToBalance = db.prepare<[string, number]>(
  `insert into balance values (?, ?) on conflict do update set cents = cents + excluded.cents`,
);
const markApplied = db.prepare<[bigint]>('insert or ignore into applied values (?)');

const apply = db.transaction((entry: LogEntry) => {
  const isNew = markApplied.run(entry.position).changes === 1;
  if (!isNew || entry.kind === 'erased') return;
  const { account, cents } = entry.json<{ account: string; cents: number }>();
  addToBalance.run(account, cents);
});

const client = await createOncelogClient({
  target: process.env['ONCELOG_TARGET'] ?? '127.0.0.1:8080',
  // A member that starts while the aggregator restarts waits for it.
  retry: { attemptsMax: Number.POSITIVE_INFINITY, totalMs: 60_000 },
});
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

await client.groups.create(group, { topics: ['payments'], leaseMs: 1000, attemptsMax: 1000 });
await client.consume(
  group,
  (entry) => {
    // Immediate: two members must not both read before one of them writes.
    apply.immediate(entry);
    console.log(`in the books: ${entry.eventId}`);
  },
  { signal: stopping.signal },
);
client.close();
db.close();
