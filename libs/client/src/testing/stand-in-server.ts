// The stand-in log behind real sockets, with faults on demand: RPC over HTTP/2, REST and Connect over HTTP/1.1.
import { createServer as createHttp1Server, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  type Event,
  EventLogService,
  Health,
  HealthCheckResponse_ServingStatus,
  OutcomeStatusSchema,
  PublishStreamResponseSchema,
  PublishSummarySchema,
  QuotaFailureSchema,
  RetryInfoSchema,
} from '@oncelog/protocol';
import { eventsFromJson } from '../event-from-json.ts';
import { type FailureCode, failureOf } from '../failure-table.ts';
import { addSummary, noCounts } from '../publish-counts.ts';
import { StandInLog } from './stand-in-log.ts';

export interface StandInFailure {
  readonly code: FailureCode;
  readonly message?: string;
  readonly field?: string;
  readonly limit?: number;
  readonly actual?: number;
  readonly outcome?: 'none' | 'unknown';
  readonly retryAfterMs?: number;
}

/** What happens to a publish request or a message of a stream. lost: stored, then the connection breaks. */
export type Fault = StandInFailure | 'broken before storing' | 'broken after storing';

export interface StandInServer {
  readonly log: StandInLog;
  /** For gRPC and Connect over HTTP/2. */
  readonly target: string;
  /** For REST and Connect over HTTP/1.1. */
  readonly restTarget: string;
  /** Taken one by one by requests and stream messages; undefined lets one pass. */
  readonly faults: (Fault | undefined)[];
  ready: boolean;
  close(): Promise<void>;
}

/** Ports are free ones unless given: a restart takes the same again. */
export async function startStandInServer(log = new StandInLog(), port = 0, restPort = 0): Promise<StandInServer> {
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<Socket>();
  const faults: (Fault | undefined)[] = [];
  const state = { ready: true };

  function publish(events: readonly Event[]) {
    const fault = faults.shift();
    if (fault === 'broken before storing') throw breakConnections();
    const response = typeof fault === 'object' ? undefined : log.publish(events);
    if (fault === 'broken after storing') throw breakConnections();
    if (!response) throw new Refusal(fault as StandInFailure);
    return response;
  }

  function breakConnections(): ConnectError {
    for (const session of sessions) session.destroy();
    for (const socket of sockets) socket.destroy();
    return new ConnectError('broken', Code.Unavailable);
  }

  const routes = (router: ConnectRouter) => {
    router.service(EventLogService, {
      publish: ({ events }) => answered(() => publish(events)),
      async publishStream(requests) {
        const counts = noCounts();
        for await (const { events } of requests) {
          addSummary(
            counts,
            answered(
              () => publish(events),
              () => summaryOf(counts),
            ).summary!,
          );
        }
        return create(PublishStreamResponseSchema, { summary: summaryOf(counts) });
      },
      getEvent({ topic, eventId }) {
        const event = log.get(topic, eventId);
        if (!event) throw connectErrorOf({ code: 'NOT_FOUND', message: 'no such event' });
        return { event };
      },
      listEvents: (request) => log.list(request),
      getStats: () => log.stats(),
    });
    const { SERVING, NOT_SERVING } = HealthCheckResponse_ServingStatus;
    router.service(Health, { check: () => ({ status: state.ready ? SERVING : NOT_SERVING }) });
  };

  const h2 = createHttp2Server(connectNodeAdapter({ routes }));
  h2.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => {});
  });
  const connect = connectNodeAdapter({ routes });
  const h1 = createHttp1Server((request, response) => {
    if (request.url === '/publish') void answerRest(publish, request, response);
    else connect(request, response);
  });
  h1.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const [target, restTarget] = [await listen(h2, port), await listen(h1, restPort)];

  return {
    log,
    target,
    restTarget,
    faults,
    get ready() {
      return state.ready;
    },
    set ready(ready) {
      state.ready = ready;
    },
    async close() {
      breakConnections();
      await Promise.all([h2, h1].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

class Refusal extends Error {
  readonly failure: StandInFailure;

  constructor(failure: StandInFailure) {
    super(failure.message ?? failure.code);
    this.failure = failure;
  }
}

async function listen(server: Http2Server | Server, port: number): Promise<string> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answered<T>(handle: () => T, committed?: () => MessageInitShape<typeof PublishSummarySchema>): T {
  try {
    return handle();
  } catch (error) {
    throw error instanceof Refusal ? connectErrorOf(error.failure, committed?.()) : error;
  }
}

type Detail = { desc: DescMessage; value: MessageInitShape<DescMessage> };

function connectErrorOf(
  failure: StandInFailure,
  committed?: MessageInitShape<typeof PublishSummarySchema>,
): ConnectError {
  const { code, message = code, field, limit, actual, outcome = 'none', retryAfterMs } = failure;
  const { grpcCode, retryable } = failureOf(code);
  const metadata = Object.fromEntries(
    Object.entries({ outcome, field, limit, actual }).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, String(value)]],
    ),
  );
  const details: Detail[] = [{ desc: ErrorInfoSchema, value: { domain: 'oncelog', reason: code, metadata } }];
  const violation = { field: field ?? '', subject: field ?? '', description: message };
  if (field !== undefined && grpcCode === Code.InvalidArgument)
    details.push({ desc: BadRequestSchema, value: { fieldViolations: [violation] } });
  if (field !== undefined && grpcCode === Code.ResourceExhausted && !retryable)
    details.push({ desc: QuotaFailureSchema, value: { violations: [violation] } });
  if (retryAfterMs !== undefined) {
    const retryDelay = { seconds: BigInt(Math.floor(retryAfterMs / 1000)), nanos: (retryAfterMs % 1000) * 1_000_000 };
    details.push({ desc: RetryInfoSchema, value: { retryDelay } });
  }
  if (committed) details.push({ desc: PublishSummarySchema, value: committed });
  return new ConnectError(message, grpcCode, undefined, details);
}

async function answerRest(
  publish: StandInLog['publish'],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await buffer(request);
  try {
    const events = eventsFromJson(body.toString());
    const { outcomes } = publish(events);
    const rows = outcomes.map(({ status, position }, index) => ({
      topic: events[index]?.topic,
      event_id: events[index]?.eventId,
      outcome: OutcomeStatusSchema.value[status]?.localName.toLowerCase(),
      position: Number(position),
    }));
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ status: 'ok', outcomes: rows }));
  } catch (error) {
    if (!(error instanceof Refusal)) return void response.destroy();
    const { code, message = code, field, limit, actual, outcome = 'none', retryAfterMs } = error.failure;
    const violations = field === undefined ? undefined : [{ field, description: message }];
    response.statusCode = failureOf(code).restStatus;
    response.end(
      JSON.stringify({ code, message, field, limit, actual, outcome, retry_after_ms: retryAfterMs, violations }),
    );
  }
}

function summaryOf({ received, stored, duplicates, conflicts }: ReturnType<typeof noCounts>) {
  return create(PublishSummarySchema, {
    received: BigInt(received),
    stored: BigInt(stored),
    duplicates: BigInt(duplicates),
    conflicts: BigInt(conflicts),
  });
}
