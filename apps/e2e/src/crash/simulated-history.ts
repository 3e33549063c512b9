// A history as a right server would leave it: concurrent clients, repeats, conflicts and crashes, without any server.
import { countsOf } from './check-counters.ts';
import { type HistoryEntry, keyOf, type ReadEvent, type SeenOutcome, type SentEvent } from './history.ts';
import { createSeededRandom, type SeededRandom } from './seeded-random.ts';

const clients = 5;
const steps = 600;
const deadlineMs = 5000;

interface OpenCall {
  readonly id: string;
  readonly stream: boolean;
  /** Of each message: what was sent, and what became of it once it is committed. */
  readonly messages: { readonly events: readonly SentEvent[]; outcomes: SeenOutcome[] | undefined }[];
}

export interface SimulationOptions {
  /** In front of the log: calls are answered before their events are in it. */
  readonly broker: boolean;
}

export function simulateHistory(seed: number, { broker }: SimulationOptions = { broker: false }): HistoryEntry[] {
  const random = createSeededRandom(seed);
  const log = new SimulatedLog();
  const queue = new SimulatedBroker(log);
  const appender = broker ? queue : log;
  const entries: HistoryEntry[] = [];
  const open: (OpenCall | undefined)[] = Array.from({ length: clients }, () => undefined);
  const sent: SentEvent[] = [];
  let [nowMs, calls] = [0, 0];
  const tick = () => (nowMs += 1);

  const send = (client: number) => {
    const call = open[client] ?? { id: `client-${client}-${(calls += 1)}`, stream: random.chance(0.4), messages: [] };
    open[client] = call;
    const events = Array.from({ length: 1 + random.below(5) }, (_, n) => chooseEvent(random, sent, `${nowMs}-${n}`));
    sent.push(...events);
    call.messages.push({ events, outcomes: undefined });
    entries.push({ kind: 'inv', call: call.id, atMs: tick(), deadlineMs, events });
  };
  const commit = ({ messages }: OpenCall) => {
    const next = messages.find(({ outcomes }) => outcomes === undefined);
    if (next) next.outcomes = appender.append(next.events);
  };
  const answer = ({ id, stream, messages }: OpenCall) => {
    const outcomes = messages.flatMap((message) => message.outcomes ?? appender.append(message.events));
    const answered = stream ? { summary: countsOf({ outcomes }) } : { outcomes };
    entries.push({ kind: 'ack', call: id, atMs: tick(), ...answered });
  };
  const readStats = () =>
    entries.push({ kind: 'stats', startedMs: tick(), atMs: nowMs, counters: { ...log.counters } });
  const read = (through: 'grpc' | 'rest', after: number) => {
    const events = log.events.slice(after).map((event) => ({ ...event }));
    entries.push({ kind: 'read', through, startedMs: tick(), atMs: nowMs, after, events });
  };
  let readUpTo = 0;
  const crash = () => {
    open.forEach((call, client) => {
      if (call) entries.push({ kind: 'fail', call: call.id, atMs: tick(), outcome: 'unknown' });
      open[client] = undefined;
    });
    readStats();
    read('grpc', readUpTo);
    readUpTo = log.events.length;
  };

  for (let step = 1; step <= steps; step += 1) {
    if (random.chance(0.3)) queue.work(random.chance(0.2));
    const client = random.below(clients);
    const call = open[client];
    if (step % 150 === 0) crash();
    else if (!call || (call.stream && call.messages.length < 4 && random.chance(0.5))) send(client);
    else if (random.chance(0.5)) commit(call);
    else {
      answer(call);
      open[client] = undefined;
    }
  }
  crash();
  while (queue.waiting) queue.work(false);
  if (broker) entries.push({ kind: 'settled', atMs: tick() });
  readStats();
  read('grpc', 0);
  read('rest', 0);
  return entries;
}

/** Three in ten were sent before, by anybody, and a few of those come with other content. */
function chooseEvent(random: SeededRandom, sent: readonly SentEvent[], fresh: string): SentEvent {
  if (sent.length === 0 || !random.chance(0.3)) return { topic: 'simulated', eventId: fresh, hash: `of ${fresh}` };
  const repeated = random.pick(sent);
  return random.chance(0.1) ? { ...repeated, hash: 'another content' } : repeated;
}

class SimulatedLog {
  readonly events: ReadEvent[] = [];
  readonly counters = { received: 0, stored: 0, duplicates: 0, conflicts: 0 };
  readonly #byKey = new Map<string, ReadEvent>();

  append(events: readonly SentEvent[]): SeenOutcome[] {
    const outcomes = events.map((event) => this.#put(event));
    const { received, stored, duplicates, conflicts } = countsOf({ outcomes });
    this.counters.received += received;
    this.counters.stored += stored;
    this.counters.duplicates += duplicates;
    this.counters.conflicts += conflicts;
    return outcomes;
  }

  #put(event: SentEvent): SeenOutcome {
    const first = this.#byKey.get(keyOf(event));
    if (first) return { status: first.hash === event.hash ? 'duplicate' : 'conflict', position: first.position };
    const stored = { ...event, position: this.events.length + 1 };
    this.events.push(stored);
    this.#byKey.set(keyOf(event), stored);
    return { status: 'stored', position: stored.position };
  }
}

class SimulatedBroker {
  readonly #log: SimulatedLog;
  readonly #queue: (readonly SentEvent[])[] = [];

  constructor(log: SimulatedLog) {
    this.#log = log;
  }

  get waiting(): boolean {
    return this.#queue.length > 0;
  }

  append(events: readonly SentEvent[]): SeenOutcome[] {
    this.#queue.push(events);
    return events.map(() => ({ status: 'accepted', position: 0 }));
  }

  /** A worker that dies has stored what it took, and has not said so: it is handed out again. */
  work(dies: boolean): void {
    const [first] = this.#queue;
    if (first) this.#log.append(first);
    if (!dies) this.#queue.shift();
  }
}
