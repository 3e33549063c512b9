// What every store must do. A store passes it or is none.
import { afterAll, beforeAll, describe } from 'vitest';
import type { EventStore } from '../event-store.ts';
import { describeCheck } from './contract/check.ts';
import { describeConsumers } from './contract/consumers.ts';
import { describeContents } from './contract/contents.ts';
import { describeCounters } from './contract/counters.ts';
import { describeErasing } from './contract/erasing.ts';
import { describeFilters } from './contract/filters.ts';
import { describeGroupChanges } from './contract/group-changes.ts';
import { describeHead } from './contract/head.ts';
import { describeKeys } from './contract/keys.ts';
import { describeLifecycle } from './contract/lifecycle.ts';
import { describeLists } from './contract/lists.ts';
import { describeOutcomes } from './contract/outcomes.ts';
import { describeTail } from './contract/tail.ts';
import { type CreateStorePlace, createTestClock, type StorePlace } from './store-place.ts';

/** A store that the tests of a group share, each with topics of its own: opening one may take half a second. */
export interface SharedStore {
  readonly store: EventStore;
  readonly moveClock: (byMs: number) => void;
}

export function describeEventStore(name: string, createPlace: CreateStorePlace): void {
  describe(`the contract of an event store: ${name}`, () => {
    const { clock, move } = createTestClock();
    let place: StorePlace | undefined;
    let store: EventStore | undefined;

    beforeAll(async () => {
      place = await createPlace();
      store = await place.open({ clock });
    });
    afterAll(async () => {
      await store?.close();
      await place?.remove();
    });

    const shared = () => ({ store: store!, moveClock: move });
    describeOutcomes(shared);
    describeContents(shared);
    describeKeys(shared);
    describeLists(createPlace);
    describeTail(createPlace);
    describeFilters(createPlace);
    describeErasing(shared, createPlace);
    describeCheck(shared, createPlace);
    describeHead(createPlace);
    describeConsumers(shared, createPlace);
    describeGroupChanges(shared);
    describeCounters(createPlace);
    describeLifecycle(createPlace);
  });
}
