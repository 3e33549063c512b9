// Consumer groups with their states. Run it in one transaction, so that what is outstanding is that of the version.
import type { DeadLetter, EventFilter, GroupState, Outstanding } from '@oncelog/core';
import type { LogDatabase } from './entities.ts';

export async function readGroups(db: LogDatabase): Promise<GroupState[]> {
  const groups = await selectGroups(db).orderBy('id').execute();
  const byGroup = new Map<number, OutstandingRow[]>(groups.map(({ id }) => [id, []]));
  for (const row of await selectOutstanding(db).execute()) byGroup.get(row.group_id)?.push(row);
  return groups.map((group) => groupStateOf(group, byGroup.get(group.id) ?? []));
}

export async function readGroup(db: LogDatabase, name: string): Promise<GroupState | undefined> {
  const group = await selectGroups(db).where('name', '=', name).executeTakeFirst();
  if (group === undefined) return undefined;
  return groupStateOf(group, await selectOutstanding(db).where('group_id', '=', group.id).execute());
}

export async function readDeadLetters(
  db: LogDatabase,
  group: string,
  { after, max }: { readonly after: number; readonly max: number },
): Promise<DeadLetter[]> {
  const rows = await db
    .selectFrom('dead_letter')
    .select(['position', 'attempts', 'reason', 'dead_time_ms'])
    .where('group_id', '=', ({ selectFrom }) => selectFrom('consumer_group').select('id').where('name', '=', group))
    .where('position', '>', after)
    .orderBy('position')
    .limit(max)
    .execute();
  return rows.map(({ dead_time_ms: deadTimeMs, ...letter }) => ({ ...letter, deadTimeMs }));
}

type GroupRow = NonNullable<Awaited<ReturnType<ReturnType<typeof selectGroups>['executeTakeFirst']>>>;
type OutstandingRow = Awaited<ReturnType<ReturnType<typeof selectOutstanding>['execute']>>[number];

function selectGroups(db: LogDatabase) {
  return db.selectFrom('consumer_group').selectAll();
}

function selectOutstanding(db: LogDatabase) {
  return db.selectFrom('outstanding_event').selectAll().orderBy('group_id').orderBy('position');
}

function groupStateOf(row: GroupRow, outstanding: readonly OutstandingRow[]): GroupState {
  return {
    name: row.name,
    settings: {
      filter: JSON.parse(row.filter) as EventFilter,
      leaseMs: row.lease_ms,
      attemptsMax: row.attempts_max,
    },
    cursor: row.cursor,
    createdTimeMs: row.created_time_ms,
    version: row.version,
    epoch: row.epoch,
    outstanding: outstanding.map(outstandingOf),
    deadLetterCount: row.dead_letter_count,
  };
}

function outstandingOf({ position, attempts, due_time_ms: dueTimeMs, member, reason }: OutstandingRow): Outstanding {
  return { position, attempts, dueTimeMs, member, reason };
}
