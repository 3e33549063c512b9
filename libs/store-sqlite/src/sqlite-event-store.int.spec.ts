import { describeEventStore } from '@oncelog/core/testing';
import { createSqlitePlaces } from './testing/temporary-store.ts';

describeEventStore('sqlite', createSqlitePlaces());
// One key at a time goes into the index: whatever depends on where a key is found shows.
describeEventStore('sqlite, its keys indexed at once', createSqlitePlaces({ keysUnindexedMax: 1 }));
