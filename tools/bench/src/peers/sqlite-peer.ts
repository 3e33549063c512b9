// What the raw SQLite loops share: no server, no wire; the process of the load is the one that writes.
import { cpSync } from 'node:fs';
import { inBatches } from './calls-in-flight.ts';
import type { Peer } from './peer.ts';
import { versionOfPackage } from './program.ts';
import { eventsPerCommit, type OpenLog, openLog, type RowEvent, toRowEvents } from './sqlite-log.ts';

export interface SqliteLoop {
  readonly name: Peer['name'];
  readonly durability: string;
  /** Made once: writes one transaction and counts. */
  readonly createWriter: (log: OpenLog) => (events: readonly RowEvent[]) => { stored: number; duplicates: number };
}

export function createSqlitePeer({ name, durability, createWriter }: SqliteLoop): Peer {
  return {
    name,
    survives: 'power loss',
    durability,
    knowsRepeats: true,
    find: () => ({ version: `better-sqlite3 ${versionOfPackage('better-sqlite3')}` }),
    async start({ directory, stored }) {
      cpSync(stored, directory, { recursive: true });
      return { address: directory, pids: [], stop: async () => {} };
    },
    async connect(directory) {
      const log = openLog(directory);
      const write = createWriter(log);
      return {
        async prepare({ events }) {
          const commits = inBatches(toRowEvents(events), eventsPerCommit);
          return {
            async send() {
              const tally = { stored: 0, duplicates: 0 };
              for (const [index, rows] of commits.entries()) {
                // Between commits, as the aggregator does it after its answer: the last one is off the clock.
                if (index > 0) log.checkpointWhenDue();
                const { stored, duplicates } = write(rows);
                tally.stored += stored;
                tally.duplicates += duplicates;
              }
              return tally;
            },
            afterwards: () => log.checkpointWhenDue(),
          };
        },
        close: async () => void log.database.close(),
      };
    },
  };
}
