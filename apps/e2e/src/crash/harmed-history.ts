// A good history and the ways to spoil it: what the checker's own test hands to the checker.
import { type HistoryEntry, keyOf, type ReadEvent, type Reading } from './history.ts';
import { createSeededRandom, type SeededRandom } from './seeded-random.ts';

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;
type MutableEntry = Mutable<HistoryEntry>;
type OfKind<Kind> = Extract<MutableEntry, { kind: Kind }>;

export class HarmedHistory {
  entries: MutableEntry[];
  readonly #random: SeededRandom;

  constructor(good: readonly HistoryEntry[], seed: number) {
    this.entries = structuredClone(good) as MutableEntry[];
    this.#random = createSeededRandom(seed * 7919);
  }

  get eventsSent(): number {
    return this.#all('inv').reduce((sum, { events }) => sum + events.length, 0);
  }

  keep(wanted: (entry: MutableEntry) => boolean): void {
    this.entries = this.entries.filter(wanted);
  }

  entry<Kind extends MutableEntry['kind']>(kind: Kind): OfKind<Kind> {
    return this.#random.pick(this.#all(kind));
  }

  unaryAnswers() {
    return this.#all('ack').filter(({ outcomes }) => outcomes !== undefined);
  }

  outcome(status: 'duplicate' | 'conflict') {
    return this.#random.pick(
      this.unaryAnswers().flatMap(({ outcomes }) => outcomes!.filter((each) => each.status === status)),
    );
  }

  /** A repeat of what another unary call has stored. */
  outcomeOfKnownFirst() {
    const outcomes = this.unaryAnswers().flatMap((answer) => answer.outcomes!);
    const firsts = new Set(this.#storedIn(outcomes));
    return this.#random.pick(outcomes.filter(({ status, position }) => status === 'duplicate' && firsts.has(position)));
  }

  answerLate(): void {
    const { call } = this.entry('ack');
    for (const invoked of this.#all('inv')) if (invoked.call === call) invoked.deadlineMs = -5000;
  }

  lastCounters() {
    return this.#all('stats').at(-1)!.counters;
  }

  countersAfterCrash() {
    return this.#random.pick(this.#all('stats').slice(1, -1)).counters;
  }

  final(through: Reading['through']) {
    return this.#all('read').findLast((reading) => reading.through === through)!;
  }

  acknowledgedEvent(): ReadEvent {
    const call = this.entry('ack').call;
    const invoked = this.#random.pick(this.#all('inv').filter((entry) => entry.call === call));
    const key = keyOf(this.#random.pick(invoked.events));
    return this.final('grpc').events.find((event) => keyOf(event) === key)!;
  }

  /** An acknowledged event, where it was first read. */
  readAfterCrash() {
    for (;;) {
      const wanted = keyOf(this.acknowledgedEvent());
      const acknowledgedMs = this.#firstAcknowledgedMs(wanted);
      const reading = this.#all('read').find(({ events }) => events.some((event) => keyOf(event) === wanted))!;
      const event = reading.events.find((each) => keyOf(each) === wanted)!;
      if (acknowledgedMs < reading.startedMs) return { reading, event };
    }
  }

  changeReadings(change: (events: ReadEvent[], whole: boolean) => ReadEvent[]): void {
    for (const reading of this.#all('read')) {
      reading.events = change(reading.events, reading.after === 0 && reading.atMs > this.#lastCrashMs());
    }
  }

  changeFinal(change: (events: ReadEvent[], at: number) => ReadEvent[]): void {
    const reading = this.final('grpc');
    reading.events = change(reading.events, this.#random.below(reading.events.length - 1));
  }

  swapWithinRequest(): void {
    const answers = this.unaryAnswers().filter(({ outcomes }) => this.#storedIn(outcomes!).length > 1);
    const [a, b] = this.#storedIn(this.#random.pick(answers).outcomes!);
    const swapped = (position: number) => (position === a ? b! : position === b ? a! : position);
    this.changeReadings((events) =>
      events.map((event) => ({ ...event, position: swapped(event.position) })).sort((x, y) => x.position - y.position),
    );
  }

  tearTransaction(): void {
    const reading = this.#all('read').findLast((each) => this.#storedWhole(each).length > 0)!;
    const gone = keyOf(this.#random.pick(this.#storedWhole(reading)));
    for (const each of this.#all('read')) each.events = each.events.filter((event) => keyOf(event) !== gone);
  }

  refuseStored(): void {
    const own = new Set(
      this.#own(
        this.#all('inv').flatMap(({ events }) => events),
        Infinity,
      ).map(keyOf),
    );
    const calls = this.#all('inv').filter(({ events }) => events.some((event) => own.has(keyOf(event))));
    const single = this.unaryAnswers().filter((answer) => calls.some(({ call }) => call === answer.call));
    const { call, atMs } = this.#random.pick(single);
    this.entries = this.entries.map((entry) =>
      entry.kind === 'ack' && entry.call === call ? { kind: 'fail', call, atMs, outcome: 'none' } : entry,
    );
  }

  #storedIn(outcomes: readonly { status: string; position: number }[]): number[] {
    return outcomes.filter(({ status }) => status === 'stored').map(({ position }) => position);
  }

  /** Events of messages that failed but are stored, each with company of its own message that is stored too. */
  #storedWhole({ startedMs: beforeMs, after, events: read }: OfKind<'read'>) {
    const stored = new Set(
      this.final('grpc')
        .events.slice(0, after + read.length)
        .map(keyOf),
    );
    return this.#all('fail')
      .filter(({ atMs }) => atMs < beforeMs)
      .flatMap(({ call }) => this.#all('inv').filter((entry) => entry.call === call))
      .map((entry) => this.#own(entry.events, beforeMs).filter((event) => stored.has(keyOf(event))))
      .filter((events) => events.length > 1)
      .flat();
  }

  #own<T extends { topic: string; eventId: string }>(events: readonly T[], beforeMs: number): T[] {
    const sent = new Map<string, number>();
    for (const invoked of this.#all('inv')) {
      if (invoked.atMs >= beforeMs) break;
      for (const key of invoked.events.map(keyOf)) sent.set(key, (sent.get(key) ?? 0) + 1);
    }
    return events.filter((event) => sent.get(keyOf(event)) === 1);
  }

  #firstAcknowledgedMs(key: string): number {
    const calls = this.#all('inv').filter(({ events }) => events.some((event) => keyOf(event) === key));
    return this.#all('ack').find(({ call }) => calls.some((invoked) => invoked.call === call))?.atMs ?? Infinity;
  }

  #lastCrashMs(): number {
    return this.#all('read').findLast(({ after }) => after > 0)!.atMs;
  }

  #all<Kind extends MutableEntry['kind']>(kind: Kind): OfKind<Kind>[] {
    return this.entries.filter((entry): entry is OfKind<Kind> => entry.kind === kind);
  }
}

/** Positions without a gap again, from the lowest that was there. */
export function renumber(events: readonly ReadEvent[]): ReadEvent[] {
  const first = events[0]?.position ?? 1;
  return events.map((event, at) => ({ ...event, position: Math.min(first, events[1]?.position ?? first) + at }));
}
