// From a Node.js request to a REST handler, by the routes that the contract annotates.
import { EventLogService } from '@oncelog/protocol';
import { WrongMethodError } from '../failures/wrong-method.ts';
import { type EventLog, getEvent } from '../handlers/event-log.ts';
import type { NodeRequest, NodeResponse } from '../port/dual-server.ts';
import { bodyTimeoutMs } from '../port/http-limits.ts';
import { pathOf } from '../port/request-path.ts';
import { checkEventsOverRest } from './check-events.ts';
import { eventJson } from './event-json.ts';
import { listEventsOverRest } from './list-events.ts';
import { isNdjson, publishNdjson } from './ndjson/publish-ndjson.ts';
import { publish } from './publish.ts';
import { decode, parseQuery } from './query.ts';
import type { RestAnswer, RestCall } from './rest-answer.ts';
import { type RestRoute, routesOfService } from './routes-of-service.ts';
import { sendJson } from './send-json.ts';
import { subscribeOverRest } from './sse/subscribe.ts';
import { stats } from './stats.ts';

/** Undefined when the handler has answered by itself, bit by bit. */
type RestHandler = (log: EventLog, call: RestCall, variables: readonly string[]) => Promise<RestAnswer | undefined>;

const handlers: Readonly<Record<string, RestHandler>> = {
  Publish: (log, call) => (isNdjson(call.request) ? publishNdjson(log, call) : publish(log, call.request)),
  CheckEvents: (log, { request }) => checkEventsOverRest(log, request),
  Subscribe: subscribeOverRest,
  ListEvents: (log, { request }) => listEventsOverRest(log, request),
  GetStats: (log, { request }) => stats(log, request),
  GetEvent: async (log, { request: { url = '' } }, [topic = '', eventId = '']) => {
    parseQuery(url, []);
    return { json: eventJson(await getEvent(log, topic, eventId)) };
  },
};

export interface RestListener {
  /** Resolves true when the path was a REST route and is answered; rejects with a failure to be answered. */
  handle(request: NodeRequest, response: NodeResponse): Promise<boolean>;
}

export interface RestListenerOptions extends EventLog {
  readonly shutdownSignal: AbortSignal;
  /** How long the body of a stream may bring nothing. */
  readonly bodyIdleMs?: number;
}

export function createRestListener(options: RestListenerOptions): RestListener {
  const { shutdownSignal, bodyIdleMs = bodyTimeoutMs, ...log } = options;
  const routes = routesOfService(EventLogService);
  for (const { method } of routes) {
    if (!(method.name in handlers)) throw new Error(`${method.name} has a REST route but no handler for it`);
  }

  return {
    async handle(request, response) {
      const path = pathOf(request);
      const matching = routes.filter(({ pattern }) => pattern.test(path));
      if (matching.length === 0) return false;
      // A HEAD is a GET whose body Node keeps to itself.
      const verb = request.method === 'HEAD' ? 'GET' : request.method;
      const route = matching.find((candidate) => candidate.verb === verb);
      if (!route)
        throw new WrongMethodError(
          request.method ?? '',
          matching.map((candidate) => candidate.verb),
        );
      const call = { request, response, shutdownSignal, bodyIdleMs };
      const answer = await handlers[route.method.name]!(log, call, variablesOf(route, path));
      if (answer) sendJson(response, answer.status ?? 200, answer.json, answer.headers);
      return true;
    },
  };
}

function variablesOf({ pattern, variables }: RestRoute, path: string): string[] {
  const values = pattern.exec(path)?.slice(1) ?? [];
  // In a path a plus is a plus.
  return values.map((value, index) => decode(value.replaceAll('+', '%2B'), variables[index] ?? 'path'));
}
