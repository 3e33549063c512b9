// The places of consumer groups in memory.
import type { ChangedGroup, ConsumerStore, GroupChange, GroupState } from '@oncelog/core';
import type { MemoryGroup, MemoryLog } from './memory-log.ts';

export function createMemoryConsumerStore({ groups }: MemoryLog, refuseWhenClosed: () => void): ConsumerStore {
  const watchers = new Set<(change: ChangedGroup) => void>();
  const tell = (change: ChangedGroup) => {
    for (const onChange of watchers) onChange(change);
  };
  return {
    async groups() {
      refuseWhenClosed();
      return [...groups.values()].map(stateOf);
    },
    async group(name) {
      refuseWhenClosed();
      const group = groups.get(name);
      return group && stateOf(group);
    },
    async createGroup(group) {
      refuseWhenClosed();
      if (groups.has(group.name)) return false;
      groups.set(group.name, {
        state: { ...group, version: 1, epoch: 1 },
        outstanding: new Map(),
        deadLetters: new Map(),
      });
      return true;
    },
    async deleteGroup(name) {
      refuseWhenClosed();
      const deleted = groups.delete(name);
      if (deleted) tell({ name, version: Infinity });
      return deleted;
    },
    async change(changes) {
      refuseWhenClosed();
      return changes.map((change) => {
        const made = apply(groups.get(change.name), change);
        if (made) tell({ name: change.name, version: change.expectedVersion + 1 });
        return made;
      });
    },
    watchGroups(onChange) {
      const watcher = (change: ChangedGroup) => onChange(change);
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    async deadLetters(name, { after, max }) {
      refuseWhenClosed();
      const letters = [...(groups.get(name)?.deadLetters.values() ?? [])];
      return byPosition(letters.filter(({ position }) => position > after)).slice(0, max);
    },
  };
}

function apply(group: MemoryGroup | undefined, change: GroupChange): boolean {
  if (group?.state.version !== change.expectedVersion) return false;
  const { cursor = group.state.cursor, epoch = group.state.epoch, expectedVersion } = change;
  group.state = { ...group.state, cursor, epoch, version: expectedVersion + 1 };
  if (change.forgetsOutstanding) group.outstanding.clear();
  for (const position of change.settled ?? []) group.outstanding.delete(position);
  for (const each of change.outstanding ?? []) group.outstanding.set(each.position, each);
  for (const letter of change.dead ?? []) {
    group.outstanding.delete(letter.position);
    group.deadLetters.set(letter.position, letter);
  }
  for (const position of change.revived ?? []) group.deadLetters.delete(position);
  return true;
}

function stateOf({ state, outstanding, deadLetters }: MemoryGroup): GroupState {
  return { ...state, outstanding: byPosition([...outstanding.values()]), deadLetterCount: deadLetters.size };
}

function byPosition<Each extends { readonly position: number }>(items: readonly Each[]): Each[] {
  return items.toSorted((a, b) => a.position - b.position);
}
