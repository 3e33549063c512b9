// A server of the whole contract, with the lean path in front or without it, and what a test looks at inside.
import { once } from 'node:events';
import http2 from 'node:http2';
import { connect } from 'node:net';
import {
  defaultLimits,
  type EventStore,
  type Limits,
  type NewEvent,
  OncelogError,
  type Outcome,
  validateEvents,
} from '@oncelog/core';
import type { ConsumerGroups, Subscriptions } from '@oncelog/delivery';
import { type Ingest, tooManyEvents } from '@oncelog/ingest';
import { EventLogService } from '@oncelog/protocol';
import { createLogger } from '@oncelog/telemetry';
import { eventLogRoutes } from '../../connect/event-log-routes.ts';
import { createRpcListener } from '../../connect/rpc-listener.ts';
import { createServiceState } from '../../handlers/service-state.ts';
import { createDualServer } from '../../port/dual-server.ts';
import { defaultPortLimits } from '../../port/http-limits.ts';
import { createLeanListener } from '../lean-listener.ts';

type Headers = Readonly<Record<string, string>>;

export interface ComparedServerOptions {
  readonly lean: boolean;
  /** Commits wait for this. */
  readonly gate?: Promise<void>;
  readonly unaryBodyTimeoutMs?: number;
  /** How full the ingest queue seems. */
  readonly queueFill?: number;
  readonly readerStallMs?: number;
}

export type ComparedServer = ReturnType<typeof comparedServer>;

export function comparedServer({
  lean,
  gate = Promise.resolve(),
  unaryBodyTimeoutMs = 60_000,
  queueFill = 0,
  readerStallMs = defaultLimits.readerStallMs,
}: ComparedServerOptions) {
  const limits = { ...defaultLimits, requestEventsMax: 10, requestBytesMax: 300_000, readerStallMs };
  const seen = { stored: [] as string[], published: 0, generalRequests: 0 };
  const state = createServiceState({ version: 'spec' });
  const shutdown = new AbortController();
  const log = {
    store: {} as EventStore,
    subscriptions: {} as Subscriptions,
    consumers: {} as ConsumerGroups,
    ingest: ingestBehind(gate, seen, limits, queueFill),
    limits,
    state,
  };
  const common = {
    ...log,
    logger: createLogger({ level: 'silent', name: 'spec' }),
    shutdownSignal: shutdown.signal,
    unaryBodyTimeoutMs,
  };
  const routes = eventLogRoutes(log);
  const general = createRpcListener({ ...common, routes: (router) => router.service(EventLogService, routes) });
  const server = createDualServer(
    (request, response) => {
      seen.generalRequests += 1;
      request.on('error', () => {});
      response.on('error', () => {});
      if (!general.handle(request, response)) response.end();
    },
    defaultPortLimits,
    lean ? createLeanListener(common) : undefined,
  );
  let port = 0;
  const connection = () => {
    const socket = connect(port, '127.0.0.1');
    const session = http2.connect('http://a', { createConnection: () => socket });
    session.on('error', () => {});
    const request = (path: string, headers: Headers = {}, options: http2.ClientSessionRequestOptions = {}) => {
      const type = 'application/grpc';
      const all = { ':method': 'POST', ':path': path, 'content-type': type, ...headers };
      const stream = session.request(all, options);
      stream.on('error', () => {});
      return stream;
    };
    return { session, request, cut: () => socket.destroy() };
  };
  let first: ReturnType<typeof connection>;

  return {
    seen,
    state,
    shutdown,
    connection,
    async open() {
      ({ port } = await server.listen(0, '127.0.0.1'));
      first = connection();
    },
    request: (path: string, headers?: Headers) => first.request(path, headers),
    reset() {
      Object.assign(seen, { stored: [], published: 0, generalRequests: 0 });
      state.refusedRequests = 0;
    },
    async close() {
      first.session.close();
      await server.close(1000);
    },
  };
}

/** Answers by the event's key alone, so that two servers say the same; some topics make it fail. */
function ingestBehind(
  gate: Promise<void>,
  seen: { stored: string[]; published: number },
  limits: Limits,
  queueFill: number,
): Ingest {
  const outcomeOf = ({ topic, eventId }: NewEvent): Outcome => {
    if (topic === 'full') throw new OncelogError('DISK_FULL', 'the disk is full', { retryAfterMs: 1250 });
    if (topic === 'broken') throw new Error('a bug');
    if (topic === 'queued') return { status: 'accepted', position: 0, storedTimeMs: 1_700_000_000_789 };
    const known = seen.stored.indexOf(`${topic}/${eventId}`) + 1;
    if (known > 0) return { status: 'duplicate', position: known, storedTimeMs: 1_700_000_000_123 };
    if (topic === 'taken') return { status: 'conflict', position: 1, storedTimeMs: 1_700_000_000_123 };
    return { status: 'stored', position: seen.stored.push(`${topic}/${eventId}`), storedTimeMs: 1_700_000_000_456 };
  };
  const check: Ingest['check'] = (events, { eventsMax }) => {
    if (events.length > eventsMax) throw tooManyEvents(eventsMax, events.length);
    validateEvents(events, limits);
  };
  return {
    queueFill,
    check,
    async publish(events, options) {
      if (!options.checked) check(events, options);
      seen.published += events.length;
      await gate;
      return events.map(outcomeOf);
    },
    drain: () => Promise.resolve(),
  };
}

/** Everything that a client sees of an answer, but the time of day. */
export async function answerOf(stream: http2.ClientHttp2Stream) {
  const chunks: Buffer[] = [];
  const answer = { headers: {} as object, trailers: {} as object };
  stream.on('response', (headers) => (answer.headers = { ...headers, date: 'today' }));
  stream.on('trailers', (trailers) => (answer.trailers = { ...trailers }));
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  return { ...answer, body: Buffer.concat(chunks).toString('hex') };
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
