// The store that the settings name; only its own code is loaded.
import type { EventStore, Limits } from '@oncelog/core';
import { openWhenThere, type OpeningOptions } from './open-when-there.ts';
import type { Settings } from './settings.ts';

export interface StoreOptions extends Omit<OpeningOptions, 'what'> {
  readonly settings: Settings;
  readonly limits: Limits;
  /** The store can no longer be trusted; the process should end. */
  readonly onFault: (error: Error) => void;
}

export async function openStore({ settings, limits, onFault, ...opening }: StoreOptions): Promise<EventStore> {
  const { store, dataDir: directory, durability } = settings;
  if (store === 'memory') {
    const { createMemoryEventStore } = await import('@oncelog/store-memory');
    return createMemoryEventStore({ limits });
  }
  if (store === 'sqlite') {
    const { createSqliteEventStore } = await import('@oncelog/store-sqlite');
    return createSqliteEventStore({ directory, durability, limits, onFault });
  }
  const { createPostgresEventStore } = await import('@oncelog/store-postgres');
  const open = () => createPostgresEventStore({ url: store, durability, limits, onFault });
  return openWhenThere(open, { ...opening, what: 'store' });
}
