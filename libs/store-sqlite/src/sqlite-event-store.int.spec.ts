import { describeEventStore } from '@oncelog/core/testing';
import { createSqlitePlace } from './testing/temporary-store.ts';

describeEventStore('sqlite', createSqlitePlace);
