// A store of a test's own, which it may open again; all of it is closed and removed when the test is over.
import { onTestFinished } from 'vitest';
import type { EventStore } from '../../event-store.ts';
import { type CreateStorePlace, createTestClock } from '../store-place.ts';

export async function openFreshStore(createPlace: CreateStorePlace) {
  const place = await createPlace();
  const opened: EventStore[] = [];
  onTestFinished(async () => {
    for (const store of opened) await store.close();
    await place.remove();
  });
  const open = async () => {
    const store = await place.open({ clock: createTestClock().clock });
    opened.push(store);
    return store;
  };
  return { open, store: await open() };
}
