// The tables of a log in SQLite: the shared ones, and those that keep its unique index in bulk.
import { defineEntity, p } from '@mikro-orm/sqlite';
import { EventKeyEntity, LogEntity, sharedEntities } from '@oncelog/store-sql';

/** 2: event ids as bytes, in larger pages, and the unique index apart from the rows. */
export const formatVersion = 2;

const SqliteLogEntity = defineEntity({
  name: 'Log',
  tableName: 'log',
  properties: {
    ...LogEntity.properties,
    /** The keys of later positions are not in the index yet. */
    keysIndexedTo: p.bigint('number'),
  },
});

/** The unique composite key. It holds the keys of the positions up to the log's `keysIndexedTo`. */
const KeyIndexEntity = defineEntity({
  name: 'KeyIndex',
  tableName: 'key_index',
  properties: {
    topicId: p.integer().primary(),
    eventId: p.blob().primary(),
    position: p.bigint('number'),
  },
});

/** Which keys are certainly not in the index: Bloom filters, one for each range of positions. */
const KeyFilterEntity = defineEntity({
  name: 'KeyFilter',
  tableName: 'key_filter',
  properties: {
    id: p.integer().primary().autoincrement(false),
    /** The keys of its range up to this position are in it. */
    keysTo: p.bigint('number'),
    bits: p.blob(),
  },
});

export const entities = [SqliteLogEntity, EventKeyEntity, KeyIndexEntity, KeyFilterEntity, ...sharedEntities];
