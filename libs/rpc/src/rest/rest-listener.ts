// From a Node.js request to a REST handler, by the routes that the contract annotates.
import { EventLogService } from '@oncelog/protocol';
import { WrongMethodError } from '../failures/wrong-method.ts';
import { type EventLog, getEvent } from '../handlers/event-log.ts';
import type { NodeRequest, NodeResponse } from '../port/dual-server.ts';
import { pathOf } from '../port/request-path.ts';
import { eventJson } from './event-json.ts';
import { listEventsOverRest } from './list-events.ts';
import { publish } from './publish.ts';
import { decode, parseQuery } from './query.ts';
import type { RestAnswer } from './rest-answer.ts';
import { type RestRoute, routesOfService } from './routes-of-service.ts';
import { sendJson } from './send-json.ts';
import { stats } from './stats.ts';

type RestHandler = (log: EventLog, request: NodeRequest, variables: readonly string[]) => Promise<RestAnswer>;

const handlers: Readonly<Record<string, RestHandler>> = {
  Publish: publish,
  ListEvents: listEventsOverRest,
  GetStats: stats,
  GetEvent: async (log, { url = '' }, [topic = '', eventId = '']) => {
    parseQuery(url, []);
    return { json: eventJson(await getEvent(log, topic, eventId)) };
  },
};

export interface RestListener {
  /** Resolves true when the path was a REST route and is answered; rejects with a failure to be answered. */
  handle(request: NodeRequest, response: NodeResponse): Promise<boolean>;
}

export function createRestListener(log: EventLog): RestListener {
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
      const { json, headers } = await handlers[route.method.name]!(log, request, variablesOf(route, path));
      sendJson(response, 200, json, headers);
      return true;
    },
  };
}

function variablesOf({ pattern, variables }: RestRoute, path: string): string[] {
  const values = pattern.exec(path)?.slice(1) ?? [];
  // In a path a plus is a plus.
  return values.map((value, index) => decode(value.replaceAll('+', '%2B'), variables[index] ?? 'path'));
}
