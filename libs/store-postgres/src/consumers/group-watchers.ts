// Who wants to know that a group was changed, by whichever replica.
import type { ChangedGroup } from '@oncelog/core';

export class GroupWatchers {
  readonly #watchers = new Set<{ readonly onChange: (change: ChangedGroup) => void }>();

  watch(onChange: (change: ChangedGroup) => void): () => void {
    const watcher = { onChange };
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  tell(change: ChangedGroup): void {
    for (const { onChange } of this.#watchers) onChange(change);
  }
}
