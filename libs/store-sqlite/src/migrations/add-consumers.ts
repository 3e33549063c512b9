// Consumer groups, and what is left of erased events. Nothing that was there before is touched.
import { Migration } from '@mikro-orm/migrations';

export class AddConsumers extends Migration {
  override name = '0002-add-consumers';

  override up(): void {
    this.addSql('create table erased_event (position integer not null primary key, canonical_digest blob not null)');
    this.addSql(`create table consumer_group (
      id integer not null primary key,
      name text not null,
      filter text not null,
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
      position integer not null,
      attempts integer not null,
      due_time_ms bigint not null,
      member text not null,
      reason text not null,
      primary key (group_id, position)) without rowid`);
    this.addSql(`create table dead_letter (
      group_id integer not null,
      position integer not null,
      attempts integer not null,
      reason text not null,
      dead_time_ms bigint not null,
      primary key (group_id, position)) without rowid`);
  }
}
