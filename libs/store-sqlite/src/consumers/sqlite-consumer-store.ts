// The places of consumer groups: changed by the thread that writes, read by the thread that reads.
import type { ConsumerStore, DeadLetter, GroupChange, GroupState, NewGroup } from '@oncelog/core';
import { ChangeQueue } from '@oncelog/store-sql';
import type { CalledThread } from '../call-thread.ts';
import type { ReaderCalls, WriterCalls } from '../thread-calls.ts';

interface Parts {
  readonly writer: CalledThread<WriterCalls>;
  readonly reader: CalledThread<ReaderCalls>;
  readonly refuseWhenClosed: () => void;
}

export class SqliteConsumerStore implements ConsumerStore {
  readonly #writer: CalledThread<WriterCalls>;
  readonly #reader: CalledThread<ReaderCalls>;
  readonly #changes: ChangeQueue;
  readonly #refuseWhenClosed: () => void;

  constructor({ writer, reader, refuseWhenClosed }: Parts) {
    this.#writer = writer;
    this.#reader = reader;
    this.#changes = new ChangeQueue((changes) => writer.call('changeGroups', changes));
    this.#refuseWhenClosed = refuseWhenClosed;
  }

  async groups(): Promise<readonly GroupState[]> {
    this.#refuseWhenClosed();
    return this.#reader.call('groups', undefined);
  }

  async group(name: string): Promise<GroupState | undefined> {
    this.#refuseWhenClosed();
    return this.#reader.call('group', name);
  }

  async createGroup(group: NewGroup): Promise<boolean> {
    this.#refuseWhenClosed();
    return this.#writer.call('createGroup', group);
  }

  async deleteGroup(name: string): Promise<boolean> {
    this.#refuseWhenClosed();
    return this.#writer.call('deleteGroup', name);
  }

  async change(changes: readonly GroupChange[]): Promise<readonly boolean[]> {
    this.#refuseWhenClosed();
    return this.#changes.change(changes);
  }

  /** Nobody else can open the directory: whatever is changed, its one process knows. */
  watchGroups(): () => void {
    return () => undefined;
  }

  async deadLetters(group: string, { after, max }: { readonly after: number; readonly max: number }) {
    this.#refuseWhenClosed();
    const letters: readonly DeadLetter[] = await this.#reader.call('deadLetters', { group, after, max });
    return letters;
  }

  /** What was asked before is done before the threads end. */
  finish(): Promise<void> {
    return this.#changes.idle();
  }
}
