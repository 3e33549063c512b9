// Who wants to know that the log has grown: told when the writer's answer is here, and every reader finds the events.

export class HeadWatchers {
  readonly #watchers = new Set<{ readonly onHead: (head: number) => void }>();
  #head: number;

  constructor(head: number) {
    this.#head = head;
  }

  /** The highest that anybody was told of. */
  get head(): number {
    return this.#head;
  }

  watch(onHead: (head: number) => void): () => void {
    const watcher = { onHead };
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  raiseTo(head: number): void {
    if (head <= this.#head) return;
    this.#head = head;
    for (const { onHead } of this.#watchers) onHead(head);
  }
}
