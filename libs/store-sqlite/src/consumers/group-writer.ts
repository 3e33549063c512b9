// The one who writes the places of consumer groups: whole calls in one transaction each.
import type { GroupChange, NewGroup } from '@oncelog/core';
import type { Checkpoints } from '../checkpoints.ts';
import type { NativeDatabase } from '../open-database.ts';
import type { Transactions } from '../transactions.ts';
import { type GroupStatements, prepareStatements } from './group-statements.ts';

/** What a group writes at most, about, beside its outstanding events and dead letters. */
const pagesPerGroup = 4;

export class GroupWriter {
  readonly #statements: GroupStatements;
  readonly #transactions: Transactions;
  readonly #checkpoints: Checkpoints;

  constructor(native: NativeDatabase, transactions: Transactions, checkpoints: Checkpoints) {
    this.#statements = prepareStatements(native);
    this.#transactions = transactions;
    this.#checkpoints = checkpoints;
  }

  create({ name, settings, cursor, createdTimeMs }: NewGroup): boolean {
    const { filter, leaseMs, attemptsMax } = settings;
    const values = [name, JSON.stringify(filter), leaseMs, attemptsMax, cursor, createdTimeMs] as const;
    return this.#run(1, () => this.#statements.insertGroup.run(...values).changes === 1);
  }

  delete(name: string): boolean {
    const { deleteGroup, deleteEveryOutstanding, deleteEveryDeadLetter } = this.#statements;
    return this.#run(1, () => {
      const group = deleteGroup.get(name);
      if (group === undefined) return false;
      deleteEveryOutstanding.run(group.id);
      deleteEveryDeadLetter.run(group.id);
      return true;
    });
  }

  change(changes: readonly GroupChange[]): readonly boolean[] {
    return this.#run(changes.length, () => changes.map((change) => this.#apply(change)));
  }

  #apply(change: GroupChange): boolean {
    const { moveGroup, deleteEveryOutstanding, deleteOutstanding, putOutstanding } = this.#statements;
    const { cursor = null, epoch = null, name, expectedVersion } = change;
    const group = moveGroup.get(cursor, epoch, name, expectedVersion);
    if (group === undefined) return false;
    if (change.forgetsOutstanding) deleteEveryOutstanding.run(group.id);
    for (const position of change.settled ?? []) deleteOutstanding.run(group.id, position);
    for (const { position, attempts, dueTimeMs, member, reason } of change.outstanding ?? []) {
      putOutstanding.run(group.id, position, attempts, dueTimeMs, member, reason);
    }
    this.#changeDeadLetters(group.id, change);
    return true;
  }

  #changeDeadLetters(groupId: number, { dead = [], revived = [] }: GroupChange): void {
    const { deleteOutstanding, insertDeadLetter, deleteDeadLetter, addDeadLetters } = this.#statements;
    let added = 0;
    for (const { position, attempts, reason, deadTimeMs } of dead) {
      deleteOutstanding.run(groupId, position);
      added += 1 - deleteDeadLetter.run(groupId, position).changes;
      insertDeadLetter.run(groupId, position, attempts, reason, deadTimeMs);
    }
    for (const position of revived) added -= deleteDeadLetter.run(groupId, position).changes;
    if (added !== 0) addDeadLetters.run(added, groupId);
  }

  #run<Result>(groups: number, work: () => Result): Result {
    const result = this.#transactions.run(work);
    this.#checkpoints.countTransaction(pagesPerGroup * groups);
    return result;
  }
}
