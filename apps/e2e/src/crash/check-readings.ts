// What readers saw: every acknowledged event, no other, each once, at one place for ever, whole transactions only.
import { type Invocation, keyOf, type ReadEvent, type Reading } from './history.ts';
import { boundUntilMs, type HistoryIndex, lastWhole, type Placed, type Report } from './history-index.ts';

export function checkReadings(index: HistoryIndex, report: Report): void {
  const seen = new EventsSeen(index, report);
  for (const entry of index.entries) {
    if (entry.kind === 'read') seen.take(entry);
  }
  checkInterfaces(index, report);
  checkRefused(index, report);
}

class EventsSeen {
  readonly #index: HistoryIndex;
  readonly #report: Report;
  readonly #places = new Map<string, Placed>();
  readonly #keyAt = new Map<number, string>();
  readonly #lost = new Set<string>();
  readonly #examined = new Set<Invocation>();

  constructor(index: HistoryIndex, report: Report) {
    this.#index = index;
    this.#report = report;
  }

  take(reading: Reading): void {
    reading.events.forEach((event, offset) => {
      this.#checkDense(reading, event, offset);
      this.#checkInvoked(reading, event);
      this.#place(event);
    });
    this.#checkNothingLost(reading);
    this.#checkWhole(reading);
  }

  #checkDense(reading: Reading, event: ReadEvent, offset: number): void {
    const expected = reading.after + 1 + offset;
    if (event.position === expected) return;
    const detail = `${reading.through} lists position ${event.position} where ${expected} belongs`;
    this.#report({ check: 'skip or repeat', key: keyOf(event), detail });
  }

  #checkInvoked(reading: Reading, event: ReadEvent): void {
    const key = keyOf(event);
    const invoked = this.#index.keys.get(key);
    if (!invoked || invoked.invokedMs[0]! > reading.atMs) {
      this.#report({ check: 'phantom', key, detail: 'is stored, but nobody had published it' });
    } else if (!invoked.hashes.has(event.hash)) {
      this.#report({ check: 'content', key, detail: 'is stored with content that nobody published' });
    }
  }

  #place(event: ReadEvent): void {
    const key = keyOf(event);
    const place = this.#places.get(key);
    const neighbour = this.#keyAt.get(event.position);
    if (place && place.position !== event.position) {
      this.#report({ check: 'moved', key, detail: `was at ${place.position}, is at ${event.position}` });
    } else if (neighbour !== undefined && neighbour !== key) {
      this.#report({ check: 'moved', key, detail: `is at ${event.position}, where ${neighbour} was` });
    }
    if (place && place.hash !== event.hash)
      this.#report({ check: 'content', key, detail: 'changed after it was read' });
    this.#places.set(key, event);
    this.#keyAt.set(event.position, key);
  }

  #checkNothingLost(reading: Reading): void {
    const listed = reading.after === 0 ? new Set(reading.events.map(keyOf)) : undefined;
    const here = (key: string) => (listed ? listed.has(key) : this.#places.has(key));
    const untilMs = boundUntilMs(this.#index, reading);
    for (const { id, end, events } of this.#index.calls.values()) {
      if (end?.kind !== 'ack' || end.atMs > untilMs) continue;
      for (const key of events.map(keyOf)) {
        if (here(key) || this.#lost.has(key)) continue;
        this.#lost.add(key);
        this.#report({ check: 'lost', key, call: id, detail: 'was acknowledged and is not there' });
      }
    }
  }

  /** Looks at what failed since the last reading: of one transaction, all or nothing is stored. */
  #checkWhole(reading: Reading): void {
    const untilMs = boundUntilMs(this.#index, reading);
    for (const { id, end, invocations } of this.#index.calls.values()) {
      if (end?.kind !== 'fail' || end.atMs > untilMs) continue;
      for (const invocation of invocations) {
        if (this.#examined.has(invocation)) continue;
        this.#examined.add(invocation);
        const own = invocation.events.map(keyOf).filter((key) => this.#sentOnceBefore(key, reading.startedMs));
        const stored = own.filter((key) => this.#places.has(key)).length;
        if (stored === 0 || stored === own.length) continue;
        this.#report({ check: 'torn', call: id, detail: `${stored} of the ${own.length} events of one transaction` });
      }
    }
  }

  #sentOnceBefore(key: string, timeMs: number): boolean {
    const [first = Infinity, second = Infinity] = this.#index.keys.get(key)!.invokedMs;
    return first <= timeMs && second > timeMs;
  }
}

function checkInterfaces({ readings }: HistoryIndex, report: Report): void {
  const [grpc, rest] = [lastWhole(readings, 'grpc'), lastWhole(readings, 'rest')];
  if (!grpc || !rest) return;
  const line = (event: ReadEvent | undefined) => event && `${event.position} ${keyOf(event)} ${event.hash}`;
  const length = Math.max(grpc.events.length, rest.events.length);
  for (let offset = 0; offset < length; offset += 1) {
    const [ofGrpc, ofRest] = [line(grpc.events[offset]), line(rest.events[offset])];
    if (ofGrpc === ofRest) continue;
    return report({ check: 'interfaces', detail: `gRPC lists "${ofGrpc}" where REST lists "${ofRest}"` });
  }
}

/** A call that was refused with "none" must have left nothing behind; only keys that nobody else sent can tell. */
function checkRefused({ calls, keys, final }: HistoryIndex, report: Report): void {
  for (const { id, end, events } of calls.values()) {
    if (end?.kind !== 'fail' || end.outcome !== 'none') continue;
    for (const key of events.map(keyOf)) {
      if (keys.get(key)!.invokedMs.length > 1 || !final.has(key)) continue;
      report({
        check: 'refused',
        key,
        call: id,
        detail: 'is stored, although its call answered that nothing would be',
      });
    }
  }
}
