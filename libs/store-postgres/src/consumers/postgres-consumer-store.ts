// The places of consumer groups: changed by one call of the server, read as they were at one moment.
import type { ChangedGroup, ConsumerStore, DeadLetter, GroupChange, GroupState, NewGroup } from '@oncelog/core';
import { ChangeQueue, readDeadLetters, readGroup, readGroups } from '@oncelog/store-sql';
import type { LogConnections } from '../session/log-connections.ts';
import type { GroupWatchers } from './group-watchers.ts';

export class PostgresConsumerStore implements ConsumerStore {
  readonly #connections: LogConnections;
  readonly #watchers: GroupWatchers;
  readonly #changes: ChangeQueue;
  readonly #refuseWhenClosed: () => void;

  constructor(connections: LogConnections, watchers: GroupWatchers, refuseWhenClosed: () => void) {
    this.#connections = connections;
    this.#watchers = watchers;
    this.#refuseWhenClosed = refuseWhenClosed;
    this.#changes = new ChangeQueue((changes) => this.#write(changes));
  }

  async groups(): Promise<readonly GroupState[]> {
    this.#refuseWhenClosed();
    return this.#connections.readAtOneMoment(readGroups);
  }

  async group(name: string): Promise<GroupState | undefined> {
    this.#refuseWhenClosed();
    return this.#connections.readAtOneMoment((db) => readGroup(db, name));
  }

  async createGroup({ name, settings, cursor, createdTimeMs }: NewGroup): Promise<boolean> {
    this.#refuseWhenClosed();
    const { filter, leaseMs, attemptsMax } = settings;
    const rows = await this.#connections.write({
      text: `insert into consumer_group
        (name, filter, lease_ms, attempts_max, cursor, created_time_ms, version, epoch, dead_letter_count)
        values ($1, $2, $3, $4, $5, $6, 1, 1, 0) on conflict (name) do nothing returning id`,
      values: [name, JSON.stringify(filter), leaseMs, attemptsMax, cursor, createdTimeMs],
    });
    return rows.length === 1;
  }

  async deleteGroup(name: string): Promise<boolean> {
    this.#refuseWhenClosed();
    const rows = await this.#connections.write({
      text: `with gone as (delete from consumer_group where name = $1 returning id),
        outstanding as (delete from outstanding_event where group_id in (select id from gone)),
        dead as (delete from dead_letter where group_id in (select id from gone))
        select pg_notify('oncelog_' || log_id, 'Infinity ' || $1::text) from gone cross join log`,
      values: [name],
    });
    return rows.length === 1;
  }

  async change(changes: readonly GroupChange[]): Promise<readonly boolean[]> {
    this.#refuseWhenClosed();
    return changes.length === 0 ? [] : this.#changes.change(changes);
  }

  watchGroups(onChange: (change: ChangedGroup) => void): () => void {
    return this.#watchers.watch(onChange);
  }

  async deadLetters(
    group: string,
    query: { readonly after: number; readonly max: number },
  ): Promise<readonly DeadLetter[]> {
    this.#refuseWhenClosed();
    return this.#connections.read((db) => readDeadLetters(db, group, query));
  }

  /** Resolves when everything that was asked before is answered. */
  idle(): Promise<void> {
    return this.#changes.idle();
  }

  async #write(changes: readonly GroupChange[]): Promise<readonly boolean[]> {
    const [row] = await this.#connections.write<{ readonly answers: readonly boolean[] }>({
      text: 'select change_groups($1) as answers',
      values: [JSON.stringify(changes)],
    });
    return row!.answers;
  }
}
