// A process of its own that changes a group and erases events, one after the other: for tests that count its fsyncs.
// Usage: node change-in-process.ts <directory> <disk|os> <changes and events>
import { everyEvent } from '@oncelog/core';
import { append, sampleEvent } from '@oncelog/core/testing';
import { createSqliteEventStore } from '../sqlite-event-store.ts';

const [directory = '', durability = '', count = ''] = process.argv.slice(2);
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

const store = await createSqliteEventStore({ directory, durability: durability === 'os' ? 'os' : 'disk' });
await append(store, [Array.from({ length: Number(count) }, (_, index) => sampleEvent('t', `${index}`))]);
const settings = { filter: everyEvent, leaseMs: 1000, attemptsMax: 1 };
await store.consumers.createGroup({ name: 'g', settings, cursor: 0, createdTimeMs: 0 });
for (let index = 0; index < Number(count); index += 1) {
  const [changed] = await store.consumers.change([{ name: 'g', expectedVersion: index + 1, cursor: index + 1 }]);
  say({ index, changed, erased: await store.erase('t', `${index}`) });
}
await store.close();
