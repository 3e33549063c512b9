// What becomes of received entries: stored together and acknowledged, tried one by one when the store refuses them
// together, set aside when no attempt will ever help.
import { setTimeout as delay } from 'node:timers/promises';
import {
  type BrokerConsumer,
  type BrokerEntry,
  type EventStore,
  type Limits,
  type NewEvent,
  OncelogError,
  soundAttemptsMax,
  validateEvents,
} from '@oncelog/core';
import { type OnTrouble, untilItWorks } from './until-it-works.ts';

/** An entry that the store refuses by itself is set aside after so many deliveries. */
const refusedAttemptsMax = soundAttemptsMax;
/** So often delivered, and nobody ever said what became of it: its workers die of it. */
const deadlyAttemptsMax = 2 * soundAttemptsMax;
/** A store that refuses everything is left alone for so long. */
const refusingStorePauseMs = 500;

export interface EntrySettlerOptions {
  readonly consumer: BrokerConsumer;
  readonly store: EventStore;
  readonly limits: Limits;
  /** Ends the waiting for what cannot be had: the entries go back to the broker. */
  readonly signal: AbortSignal;
  readonly onTrouble: OnTrouble;
}

interface ReadableEntry extends BrokerEntry {
  readonly events: readonly NewEvent[];
}

interface Refused {
  readonly entry: BrokerEntry;
  readonly error: Error;
}

export type SettleEntries = (entries: readonly BrokerEntry[]) => Promise<void>;

/** Never rejects: what is not settled stays with the broker, which hands it out again. */
export function createEntrySettler({ consumer, store, limits, signal, onTrouble }: EntrySettlerOptions): SettleEntries {
  /** Something was stored since the store has refused something. */
  let storeWorks = false;

  async function settle(entries: readonly BrokerEntry[]): Promise<void> {
    const sound: ReadableEntry[] = [];
    for (const entry of entries) {
      const flaw = flawOf(entry, limits);
      if (flaw === undefined) sound.push(entry as ReadableEntry);
      else await bury(entry, flaw);
    }
    if (sound.length === 0) return;
    const together = await storeTogether(sound);
    if (together === undefined) return;
    const refused = sound.length === 1 ? [{ entry: sound[0]!, error: together }] : await storeEach(sound);
    if (refused.length > 0) await answerRefusals(refused);
  }

  async function storeEach(entries: readonly ReadableEntry[]): Promise<Refused[]> {
    const refused: Refused[] = [];
    for (const entry of entries) {
      const error = await storeTogether([entry]);
      if (error !== undefined) refused.push({ entry, error });
    }
    return refused;
  }

  /** Resolves with why the store will not take them; undefined when they are stored, or given back. */
  async function storeTogether(entries: readonly ReadableEntry[]): Promise<Error | undefined> {
    try {
      const stored = await untilItWorks({ what: 'store', call: () => commit(entries), signal, onTrouble });
      if (stored) storeWorks = true;
      await tell(() => (stored ? consumer.acknowledge(entries) : consumer.release(entries)));
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  async function commit(entries: readonly ReadableEntry[]): Promise<void> {
    const group = store.startGroup();
    for (const { events } of entries) group.add(events);
    await group.commit();
  }

  /**
   * An entry that is refused stays delivered, and comes again after a while; past its deliveries it is set aside. A
   * store that takes nothing at all may be broken itself: the entries go back, and nothing is held against them.
   */
  async function answerRefusals(refused: readonly Refused[]): Promise<void> {
    const unexplained: Refused[] = [];
    for (const each of refused) {
      const { entry, error } = each;
      if (!storeWorks && !isAboutEvents(error)) unexplained.push(each);
      else if (entry.attempts >= refusedAttemptsMax) await bury(entry, error.message);
      else onTrouble({ what: 'entry', error, entryId: entry.id });
    }
    storeWorks = false;
    const [first] = unexplained;
    if (first === undefined) return;
    onTrouble({ what: 'store', error: first.error });
    await delay(refusingStorePauseMs, undefined, { signal }).catch(() => {});
    await tell(() => consumer.release(unexplained.map(({ entry }) => entry)));
  }

  async function bury(entry: BrokerEntry, reason: string): Promise<void> {
    onTrouble({ what: 'entry', error: new Error(`set aside: ${reason}`), entryId: entry.id });
    await tell(async () => {
      await consumer.bury(entry, reason).catch((error: unknown) => {
        // No more may be set aside: nothing else waits for that.
        if (!(error instanceof OncelogError) || error.code !== 'QUEUE_FULL') throw error;
        onTrouble({ what: 'entry', error, entryId: entry.id });
      });
    });
  }

  /** What the broker is never told, it finds out by handing the entry out again: the store drops it as a repeat. */
  async function tell(call: () => Promise<void>): Promise<void> {
    await untilItWorks({ what: 'broker', call, signal, onTrouble }).catch((error: Error) =>
      onTrouble({ what: 'broker', error }),
    );
  }

  return settle;
}

/** What no further attempt would mend. */
function flawOf({ events, attempts }: BrokerEntry, limits: Limits): string | undefined {
  if (events === undefined) return 'it cannot be read: it was damaged, or written by something else';
  if (attempts > deadlyAttemptsMax) return `${attempts - 1} workers took it and never told what became of it`;
  try {
    validateEvents(events, limits);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Rather than about the store: all that is not an outage and not inexplicable. */
function isAboutEvents(error: Error): boolean {
  return error instanceof OncelogError && error.code !== 'INTERNAL';
}
