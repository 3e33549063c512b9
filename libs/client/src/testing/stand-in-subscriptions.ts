// Subscribe as the log does it: what is stored, then what comes, in order; and ended, or made silent, on demand.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import {
  type ContentView,
  type ErasedEvent,
  type EventFilter,
  type LogEntry,
  LogEntrySchema,
  StartPosition,
  type StoredEvent,
  type SubscribeRequest,
  type SubscribeResponseSchema,
} from '@oncelog/protocol';
import { pause } from '../calls/pause.ts';
import { type StandInLog, storedAs } from './stand-in-log.ts';
import { connectErrorOf, type StandInFailure } from './stand-in-refusal.ts';

const heartbeatMsDefault = 10_000;
const batchEventsMax = 250;

type Response = MessageInitShape<typeof SubscribeResponseSchema>;

export class StandInSubscriptions {
  /** Subscriptions that are open now. */
  open = 0;
  /** Nothing is sent any more, not even a sign of life, as over a connection that died without a word. */
  silent = false;
  readonly #log: StandInLog;
  #ending = Promise.withResolvers<ConnectError>();

  constructor(log: StandInLog) {
    this.#log = log;
  }

  /** Ends every open subscription: with the failure, or as a broken connection does. */
  endAll(failure?: StandInFailure): void {
    this.#ending.resolve(
      failure ? connectErrorOf(failure) : new ConnectError('the connection broke', Code.Unavailable),
    );
    this.#ending = Promise.withResolvers();
  }

  async *read(request: SubscribeRequest, signal: AbortSignal): AsyncGenerator<Response, void, undefined> {
    const log = this.#log;
    let at = placeToStart(log, request);
    let caughtUp = false;
    const ended = this.#ending.promise;
    const reader = this.#admit(signal);
    try {
      while (!signal.aborted) {
        const changed = reader.nextChange();
        if (!this.silent) {
          while (at < log.events.length) {
            const { entries, scannedTo } = scan(log, request.filter, request.contentView, at);
            at = scannedTo;
            if (entries.length > 0) yield { message: { case: 'batch', value: { entries, cursor: String(at) } } };
          }
          if (!caughtUp) yield { message: { case: 'caughtUp', value: { cursor: cursorAt(at) } } };
          caughtUp = true;
          if (request.endWhenCaughtUp) return;
        }
        const beating = new AbortController();
        const heartbeat = pause(heartbeatMsOf(request), beating.signal).then(() => 'heartbeat' as const);
        const first = await Promise.race([changed, heartbeat, ended]);
        beating.abort();
        if (first instanceof Error) throw first;
        if (first === 'heartbeat' && !this.silent)
          yield { message: { case: 'progress', value: { cursor: cursorAt(at) } } };
      }
    } finally {
      reader.leave();
    }
  }

  /** A reader leaves by its signal too: in memory, nobody comes back to a generator that has been left at a yield. */
  #admit(signal: AbortSignal) {
    let next = Promise.withResolvers<'changed'>();
    const wake = () => next.resolve('changed');
    const leave = () => {
      if (this.#log.watchers.delete(wake)) this.open -= 1;
      signal.removeEventListener('abort', leave);
      wake();
    };
    this.open += 1;
    this.#log.watchers.add(wake);
    signal.addEventListener('abort', leave, { once: true });
    return {
      /** To be asked for before looking at the log: what is stored while looking is not missed. */
      nextChange: () => {
        if (!signal.aborted) next = Promise.withResolvers();
        return next.promise;
      },
      leave,
    };
  }
}

export function passes(filter: EventFilter | undefined, entry: StoredEvent | ErasedEvent): boolean {
  const erased = entry.$typeName === 'oncelog.v1.ErasedEvent';
  const topic = (erased ? entry.topic : entry.event?.topic) ?? '';
  const { topics = [], topicPrefixes = [], sources = [], attributes = {} } = filter ?? {};
  const everyTopic = topics.length === 0 && topicPrefixes.length === 0;
  if (!everyTopic && !topics.includes(topic) && !topicPrefixes.some((prefix) => topic.startsWith(prefix))) return false;
  if (erased) return true;
  if (sources.length > 0 && !sources.includes(entry.event?.source ?? '')) return false;
  return Object.entries(attributes).every(([name, value]) => entry.event?.attributes[name] === value);
}

export function entryOf(entry: StoredEvent | ErasedEvent, view: ContentView): LogEntry {
  return create(LogEntrySchema, {
    entry:
      entry.$typeName === 'oncelog.v1.ErasedEvent'
        ? { case: 'erased', value: entry }
        : { case: 'event', value: storedAs(entry, view) },
  });
}

function placeToStart(log: StandInLog, { after, start }: SubscribeRequest): number {
  if (after !== '') return log.placeOf(after, 'after');
  return start === StartPosition.NOW ? log.events.length : 0;
}

function scan(log: StandInLog, filter: EventFilter | undefined, view: ContentView, after: number) {
  const entries: LogEntry[] = [];
  let scannedTo = after;
  while (scannedTo < log.events.length && entries.length < batchEventsMax) {
    scannedTo += 1;
    const entry = log.entryAt(scannedTo)!;
    if (passes(filter, entry)) entries.push(entryOf(entry, view));
  }
  return { entries, scannedTo };
}

function heartbeatMsOf({ heartbeatInterval }: SubscribeRequest): number {
  return heartbeatInterval ? durationMs(heartbeatInterval) : heartbeatMsDefault;
}

function cursorAt(position: number): string {
  return position === 0 ? '' : String(position);
}
