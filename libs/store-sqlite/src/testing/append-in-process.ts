// A process of its own that appends one event after the other: for tests that count its fsyncs, break them or kill it.
// Usage: node append-in-process.ts <directory> <disk|os> <events>
import { append, sampleEvent } from '@oncelog/core/testing';
import { OncelogError } from '@oncelog/core';
import { createSqliteEventStore } from '../sqlite-event-store.ts';

const [directory = '', durability = '', count = ''] = process.argv.slice(2);
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

const store = await createSqliteEventStore({
  directory,
  durability: durability === 'os' ? 'os' : 'disk',
  onFault: ({ code, outcome }) => say({ fault: code, outcome }),
});
for (let index = 0; index < Number(count); index += 1) {
  try {
    const [[outcome] = []] = await append(store, [[sampleEvent('t', `${index}`)]]);
    say({ index, ...outcome });
  } catch (error) {
    if (!(error instanceof OncelogError)) throw error;
    say({ index, failed: error.code, outcome: error.outcome });
  }
}
await store.close();
