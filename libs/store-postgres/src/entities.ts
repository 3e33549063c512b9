// The tables of a log in PostgreSQL: the shared ones, with the unique composite key on the keys themselves.
import { defineEntity } from '@mikro-orm/postgresql';
import { EventKeyEntity, LogEntity, sharedEntities } from '@oncelog/store-sql';

export const formatVersion = 1;

/** Of a log that is being copied: no version opens it, until the copy was compared with its source. */
export const unfinishedFormat = 0;

const PostgresEventKeyEntity = defineEntity({
  name: 'EventKey',
  tableName: 'event_key',
  properties: EventKeyEntity.properties,
  uniques: [{ properties: ['topicId', 'eventId'], name: 'event_key_topic_id_event_id_unique' }],
  indexes: [{ properties: ['topicId', 'position'], name: 'event_key_topic_id_position_index' }],
});

export const entities = [LogEntity, PostgresEventKeyEntity, ...sharedEntities];
