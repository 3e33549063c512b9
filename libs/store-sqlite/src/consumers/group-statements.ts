// The statements that change consumer groups, prepared once: groups acknowledge as often as events come.
import type { NativeDatabase } from '../open-database.ts';
import { prepare } from '../prepared.ts';

interface GroupRow {
  readonly id: number;
}

export type GroupStatements = ReturnType<typeof prepareStatements>;

export function prepareStatements(native: NativeDatabase) {
  return {
    insertGroup: prepare<
      [name: string, filter: string, leaseMs: number, attemptsMax: number, cursor: number, createdTimeMs: number]
    >(
      native,
      `insert into consumer_group
         (name, filter, lease_ms, attempts_max, cursor, created_time_ms, version, epoch, dead_letter_count)
       values (?, ?, ?, ?, ?, ?, 1, 1, 0) on conflict (name) do nothing`,
    ),
    deleteGroup: prepare<[name: string], GroupRow>(native, 'delete from consumer_group where name = ? returning id'),
    /** No row when the group is gone or has another version. */
    moveGroup: prepare<[cursor: number | null, epoch: number | null, name: string, version: number], GroupRow>(
      native,
      `update consumer_group
       set cursor = coalesce(?, cursor), epoch = coalesce(?, epoch), version = version + 1
       where name = ? and version = ? returning id`,
    ),

    putOutstanding: prepare<
      [groupId: number, position: number, attempts: number, dueTimeMs: number, member: string, reason: string]
    >(
      native,
      `insert into outstanding_event (group_id, position, attempts, due_time_ms, member, reason)
       values (?, ?, ?, ?, ?, ?)
       on conflict (group_id, position) do update set
         attempts = excluded.attempts,
         due_time_ms = excluded.due_time_ms,
         member = excluded.member,
         reason = excluded.reason`,
    ),
    deleteOutstanding: prepare<[groupId: number, position: number]>(
      native,
      'delete from outstanding_event where group_id = ? and position = ?',
    ),
    deleteEveryOutstanding: prepare<[groupId: number]>(native, 'delete from outstanding_event where group_id = ?'),

    insertDeadLetter: prepare<
      [groupId: number, position: number, attempts: number, reason: string, deadTimeMs: number]
    >(native, 'insert into dead_letter (group_id, position, attempts, reason, dead_time_ms) values (?, ?, ?, ?, ?)'),
    deleteDeadLetter: prepare<[groupId: number, position: number]>(
      native,
      'delete from dead_letter where group_id = ? and position = ?',
    ),
    deleteEveryDeadLetter: prepare<[groupId: number]>(native, 'delete from dead_letter where group_id = ?'),
    /** Counted as they come and go: there may be more of them than one wants to count. */
    addDeadLetters: prepare<[count: number, groupId: number]>(
      native,
      'update consumer_group set dead_letter_count = dead_letter_count + ? where id = ?',
    ),
  };
}
