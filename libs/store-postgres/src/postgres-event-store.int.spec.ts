import { describeEventStore } from '@oncelog/core/testing';
import { describe } from 'vitest';
import { createPostgresPlaces, serverUrl } from './testing/temporary-schema.ts';

describe.runIf(serverUrl !== undefined)('PostgreSQL', () => {
  describeEventStore('postgresql', createPostgresPlaces());
  // Every hundred events lie in another partition: whatever depends on where a body is kept shows.
  describeEventStore('postgresql, in small partitions', createPostgresPlaces({ partitionPositions: 100 }));
});
