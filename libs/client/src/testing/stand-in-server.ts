// The stand-in log behind real sockets, with faults on demand: RPC over HTTP/2, REST and Connect over HTTP/1.1.
import { createServer as createHttp1Server, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Code, ConnectError, type ConnectRouter, type Interceptor } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { create } from '@bufbuild/protobuf';
import {
  BrokerService,
  ConsumerService,
  type Event,
  EventLogService,
  Health,
  HealthCheckResponse_ServingStatus,
  OutcomeStatus,
  OutcomeStatusSchema,
  PublishStreamResponseSchema,
  PublishSummarySchema,
} from '@oncelog/protocol';
import { eventsFromJson } from '../events/event-from-json.ts';
import { failureOf } from '../failures/failure-table.ts';
import { addSummary, bigCounts, noCounts, type PublishCounts } from '../publishing/publish-counts.ts';
import { brokerRoutes } from './stand-in-broker.ts';
import { StandInGroups } from './stand-in-groups.ts';
import { StandInLog } from './stand-in-log.ts';
import { answered, Refusal, type StandInFailure } from './stand-in-refusal.ts';
import { consumerRoutes, readingRoutes } from './stand-in-routes.ts';
import { standInSession } from './stand-in-session.ts';
import { StandInSubscriptions } from './stand-in-subscriptions.ts';

/** What happens to a publish request or a message of a stream. lost: stored, then the connection breaks. */
export type Fault = StandInFailure | 'broken before storing' | 'broken after storing';

export interface StandInServer {
  readonly log: StandInLog;
  readonly subscriptions: StandInSubscriptions;
  readonly groups: StandInGroups;
  /** For gRPC and Connect over HTTP/2. */
  readonly target: string;
  /** For REST and Connect over HTTP/1.1. */
  readonly restTarget: string;
  /** How many came of each method. */
  readonly calls: ReadonlyMap<string, number>;
  /** Taken one by one by requests and stream messages; undefined lets one pass. */
  readonly faults: (Fault | undefined)[];
  ready: boolean;
  /** Takes calls and answers none of them, like a process that was stopped. */
  silent: boolean;
  close(): Promise<void>;
}

/** Ports are free ones unless given: a restart takes the same again. */
export async function startStandInServer(
  log = new StandInLog(),
  port = 0,
  restPort = 0,
  groups = new StandInGroups(log),
): Promise<StandInServer> {
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<Socket>();
  const faults: (Fault | undefined)[] = [];
  const calls = new Map<string, number>();
  const state = { ready: true, silent: false };
  const subscriptions = new StandInSubscriptions(log);

  function publish(events: readonly Event[]) {
    const fault = faults.shift();
    if (fault === 'broken before storing') throw breakConnections();
    const response = typeof fault === 'object' ? undefined : log.publish(events);
    if (fault === 'broken after storing') throw breakConnections();
    if (!response) throw new Refusal(fault as StandInFailure);
    return response;
  }

  /** After the read that has called a handler: Node may abort when a session is destroyed in the middle of one. */
  function breakConnections(): ConnectError {
    setImmediate(destroyConnections);
    return new ConnectError('broken', Code.Unavailable);
  }

  function destroyConnections(): void {
    for (const session of sessions) session.destroy();
    for (const socket of sockets) socket.destroy();
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
      publishSession: (requests) => standInSession(requests, publish, () => state.silent),
      ...readingRoutes(log, subscriptions),
    });
    router.service(ConsumerService, consumerRoutes(groups));
    router.service(BrokerService, brokerRoutes({ log }));
    const { SERVING, NOT_SERVING } = HealthCheckResponse_ServingStatus;
    router.service(Health, { check: () => ({ status: state.ready ? SERVING : NOT_SERVING }) });
  };

  const count = (method: string) => calls.set(method, (calls.get(method) ?? 0) + 1);
  const unlessSilent: Interceptor = (next) => async (request) => {
    count(request.method.localName);
    if (state.silent) await new Promise(() => {});
    return next(request);
  };
  const adapter = () => connectNodeAdapter({ routes, interceptors: [unlessSilent] });
  const h2 = createHttp2Server(adapter());
  h2.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => {});
  });
  const connect = adapter();
  const h1 = createHttp1Server((request, response) => {
    if (state.silent) return;
    if (request.url !== '/publish') return connect(request, response);
    count('publish');
    void answerRest(publish, request, response);
  });
  h1.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const [target, restTarget] = [await listen(h2, port), await listen(h1, restPort)];

  return {
    log,
    subscriptions,
    groups,
    target,
    restTarget,
    calls,
    faults,
    get ready() {
      return state.ready;
    },
    set ready(ready) {
      state.ready = ready;
    },
    get silent() {
      return state.silent;
    },
    set silent(silent) {
      state.silent = silent;
    },
    async close() {
      destroyConnections();
      await Promise.all([h2, h1].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

async function listen(server: Http2Server | Server, port: number): Promise<string> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
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
    const queued = outcomes.some(({ status }) => status === OutcomeStatus.ACCEPTED);
    response.writeHead(queued ? 202 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: queued ? 'queued' : 'ok', outcomes: rows }));
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

function summaryOf(counts: PublishCounts) {
  return create(PublishSummarySchema, bigCounts(counts));
}
