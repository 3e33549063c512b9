// The first format of a log. Text compares byte by byte, and bodies are kept apart by ranges of positions.
import { Migration } from '@mikro-orm/migrations';
import { appendEventsFunction } from './append-events-function.ts';
import { changeGroupsFunction } from './change-groups-function.ts';
import { extendEventsFunction } from './extend-events-function.ts';

const text = 'text collate "C"';

export class CreateLog extends Migration {
  override name = '0001-create-log';

  override up(): void {
    this.addSql(`create table log (
      id integer not null primary key,
      log_id ${text} not null,
      format_version integer not null,
      created_time_ms bigint not null,
      stored bigint not null,
      duplicates bigint not null,
      conflicts bigint not null)`);
    for (const table of ['topic', 'source']) {
      this.addSql(`create table ${table} (
        id integer not null primary key,
        name ${text} not null,
        stored bigint not null,
        duplicates bigint not null,
        conflicts bigint not null)`);
      this.addSql(`create unique index ${table}_name_unique on ${table} (name)`);
    }
    this.addSql(`create table event_key (
      position bigint not null primary key,
      topic_id integer not null,
      event_id bytea not null,
      digest bytea not null,
      stored_time_ms bigint not null)`);
    this.addSql('create unique index event_key_topic_id_event_id_unique on event_key (topic_id, event_id)');
    this.addSql('create index event_key_topic_id_position_index on event_key (topic_id, position)');
    this.addSql(`create table event (
      position bigint not null primary key,
      source ${text} not null,
      timestamp_seconds bigint not null,
      timestamp_nanos integer not null,
      attributes ${text} null,
      content_type ${text} null,
      content bytea not null) partition by range (position)`);
    this.addSql(`create table event_drop (
      id bigint not null primary key,
      position bigint not null,
      source ${text} not null,
      timestamp_seconds bigint not null,
      timestamp_nanos integer not null,
      conflict integer not null,
      dropped_time_ms bigint not null)`);
    this.addSql(`create table erased_event (position bigint not null primary key, canonical_digest bytea not null)`);
    this.addSql(`create table consumer_group (
      id integer not null generated always as identity primary key,
      name ${text} not null,
      filter ${text} not null,
      lease_ms bigint not null,
      attempts_max integer not null,
      cursor bigint not null,
      version bigint not null,
      epoch bigint not null,
      dead_letter_count bigint not null,
      created_time_ms bigint not null)`);
    this.addSql('create unique index consumer_group_name_unique on consumer_group (name)');
    this.addSql(`create table outstanding_event (
      group_id integer not null,
      position bigint not null,
      attempts integer not null,
      due_time_ms bigint not null,
      member ${text} not null,
      reason ${text} not null,
      primary key (group_id, position))`);
    this.addSql(`create table dead_letter (
      group_id integer not null,
      position bigint not null,
      attempts integer not null,
      reason ${text} not null,
      dead_time_ms bigint not null,
      primary key (group_id, position))`);
    this.addSql(appendEventsFunction);
    this.addSql(extendEventsFunction);
    this.addSql(changeGroupsFunction);
  }
}
