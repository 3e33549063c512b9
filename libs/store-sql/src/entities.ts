// The tables of a log, the same for every database.
import { defineEntity, type InferKyselyTable, type Kysely, p } from '@mikro-orm/sql';

/** One row: what the log is, and its totals, which move in the transactions of the events. */
export const LogEntity = defineEntity({
  name: 'Log',
  tableName: 'log',
  properties: {
    id: p.integer().primary().autoincrement(false),
    logId: p.text(),
    formatVersion: p.integer(),
    createdTimeMs: p.bigint('number'),
    stored: p.bigint('number'),
    duplicates: p.bigint('number'),
    conflicts: p.bigint('number'),
  },
});

/** Ids are dense from 1, so the highest one is the number of topics. */
export const TopicEntity = defineEntity({
  name: 'Topic',
  tableName: 'topic',
  properties: {
    id: p.integer().primary().autoincrement(false),
    name: p.text().unique(),
    stored: p.bigint('number'),
    duplicates: p.bigint('number'),
    conflicts: p.bigint('number'),
  },
});

/** Counters only: an event names its source itself, for sources past a bound have no row here. Ids are dense from 1. */
export const SourceEntity = defineEntity({
  name: 'Source',
  tableName: 'source',
  properties: {
    id: p.integer().primary().autoincrement(false),
    name: p.text().unique(),
    stored: p.bigint('number'),
    duplicates: p.bigint('number'),
    conflicts: p.bigint('number'),
  },
});

/**
 * The keys of all events, kept for ever: dedupe outlives the body. The position is the primary key, which makes
 * positions dense; the index on the topic ends in it, and so serves the lists of a topic.
 */
export const EventKeyEntity = defineEntity({
  name: 'EventKey',
  tableName: 'event_key',
  properties: {
    position: p.bigint('number').primary().autoincrement(false),
    topicId: p.integer(),
    /** As event-id-bytes.ts spells it. */
    eventId: p.blob(),
    digest: p.blob(),
    storedTimeMs: p.bigint('number'),
  },
  indexes: [{ properties: ['topicId', 'position'], name: 'event_key_topic_id_position_index' }],
});

/** The body of an event. The content comes last, so that the other columns are read without it. */
export const EventEntity = defineEntity({
  name: 'Event',
  tableName: 'event',
  properties: {
    position: p.bigint('number').primary().autoincrement(false),
    source: p.text(),
    timestampSeconds: p.bigint('number'),
    timestampNanos: p.integer(),
    /** JSON text, so that every database gives it back as it was. */
    attributes: p.text().nullable(),
    contentType: p.text().nullable(),
    content: p.blob(),
  },
});

/** Repeats and conflicts, the latest ones: appended, never an update of the original's page. */
export const EventDropEntity = defineEntity({
  name: 'EventDrop',
  tableName: 'event_drop',
  properties: {
    id: p.bigint('number').primary().autoincrement(false),
    /** Where the first of the key is. */
    position: p.bigint('number'),
    source: p.text(),
    timestampSeconds: p.bigint('number'),
    timestampNanos: p.integer(),
    /** 1 for other content under the same key, 0 for a plain repeat. */
    conflict: p.integer(),
    droppedTimeMs: p.bigint('number'),
  },
});

/** What is left of events whose content was erased, beside their keys: what repeats of it are known by. */
export const ErasedEventEntity = defineEntity({
  name: 'ErasedEvent',
  tableName: 'erased_event',
  properties: {
    position: p.bigint('number').primary().autoincrement(false),
    canonicalDigest: p.blob(),
  },
});

/** Ids grow in the order in which groups are made. */
export const ConsumerGroupEntity = defineEntity({
  name: 'ConsumerGroup',
  tableName: 'consumer_group',
  properties: {
    id: p.integer().primary(),
    name: p.text().unique(),
    /** JSON text. */
    filter: p.text(),
    leaseMs: p.bigint('number'),
    attemptsMax: p.integer(),
    cursor: p.bigint('number'),
    version: p.bigint('number'),
    epoch: p.bigint('number'),
    deadLetterCount: p.bigint('number'),
    createdTimeMs: p.bigint('number'),
  },
});

/** Delivered to a group and not settled. */
export const OutstandingEventEntity = defineEntity({
  name: 'OutstandingEvent',
  tableName: 'outstanding_event',
  properties: {
    groupId: p.integer().primary(),
    position: p.bigint('number').primary(),
    attempts: p.integer(),
    dueTimeMs: p.bigint('number'),
    member: p.text(),
    reason: p.text(),
  },
});

/** Given up by a group. */
export const DeadLetterEntity = defineEntity({
  name: 'DeadLetter',
  tableName: 'dead_letter',
  properties: {
    groupId: p.integer().primary(),
    position: p.bigint('number').primary(),
    attempts: p.integer(),
    reason: p.text(),
    deadTimeMs: p.bigint('number'),
  },
});

/** The log and its keys are not among them: what every database has of these, each adds to in its own way. */
export const sharedEntities = [
  TopicEntity,
  SourceEntity,
  EventEntity,
  EventDropEntity,
  ErasedEventEntity,
  ConsumerGroupEntity,
  OutstandingEventEntity,
  DeadLetterEntity,
];

export interface LogTables {
  readonly log: InferKyselyTable<typeof LogEntity>;
  readonly topic: InferKyselyTable<typeof TopicEntity>;
  readonly source: InferKyselyTable<typeof SourceEntity>;
  readonly event_key: InferKyselyTable<typeof EventKeyEntity>;
  readonly event: InferKyselyTable<typeof EventEntity>;
  readonly event_drop: InferKyselyTable<typeof EventDropEntity>;
  readonly erased_event: InferKyselyTable<typeof ErasedEventEntity>;
  readonly consumer_group: InferKyselyTable<typeof ConsumerGroupEntity>;
  readonly outstanding_event: InferKyselyTable<typeof OutstandingEventEntity>;
  readonly dead_letter: InferKyselyTable<typeof DeadLetterEntity>;
}

/** What the reading queries run on: a connection or a transaction. */
export type LogDatabase = Kysely<LogTables>;
