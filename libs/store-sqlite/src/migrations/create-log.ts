// The first format of a log. Written by hand: INTEGER PRIMARY KEY is what makes a position the address of its row.
import { Migration } from '@mikro-orm/migrations';

export class CreateLog extends Migration {
  override name = '0001-create-log';

  override up(): void {
    this.addSql(`create table log (
      id integer not null primary key,
      log_id text not null,
      format_version integer not null,
      created_time_ms bigint not null,
      stored bigint not null,
      duplicates bigint not null,
      conflicts bigint not null,
      keys_indexed_to bigint not null)`);
    for (const table of ['topic', 'source']) {
      this.addSql(`create table ${table} (
        id integer not null primary key,
        name text not null,
        stored bigint not null,
        duplicates bigint not null,
        conflicts bigint not null)`);
      this.addSql(`create unique index ${table}_name_unique on ${table} (name)`);
    }
    this.addSql(`create table event_key (
      position integer not null primary key,
      topic_id integer not null,
      event_id blob not null,
      digest blob not null,
      stored_time_ms bigint not null)`);
    this.addSql('create index event_key_topic_id_position_index on event_key (topic_id, position)');
    this.addSql(`create table key_index (
      topic_id integer not null,
      event_id blob not null,
      position integer not null,
      primary key (topic_id, event_id)) without rowid`);
    this.addSql(
      'create table key_filter (id integer not null primary key, keys_to bigint not null, bits blob not null)',
    );
    this.addSql(`create table event (
      position integer not null primary key,
      source text not null,
      timestamp_seconds bigint not null,
      timestamp_nanos integer not null,
      attributes text null,
      content_type text null,
      content blob not null)`);
    this.addSql(`create table event_drop (
      id integer not null primary key,
      position bigint not null,
      source text not null,
      timestamp_seconds bigint not null,
      timestamp_nanos integer not null,
      conflict integer not null,
      dropped_time_ms bigint not null)`);
  }
}
