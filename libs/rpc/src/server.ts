// The server: every protocol on one port, and one way to answer what none of them knows.
import type { AddressInfo } from 'node:net';
import { OncelogError } from '@oncelog/core';
import { shuttingDown } from '@oncelog/ingest';
import {
  BrokerService,
  ConsumerService,
  ErrorCodeSchema,
  ErrorInfoSchema,
  EventLogService,
  Health,
  ServerReflection,
} from '@oncelog/protocol';
import type { Logger } from '@oncelog/telemetry';
import { answering } from './answering.ts';
import { brokerRoutes } from './connect/broker-routes.ts';
import { consumerRoutes } from './connect/consumer-routes.ts';
import { eventLogRoutes } from './connect/event-log-routes.ts';
import { createRpcListener } from './connect/rpc-listener.ts';
import { handleCors } from './cors.ts';
import { healthRoutes } from './grpc/health.ts';
import { reflectionRoutes } from './grpc/reflection.ts';
import { answerUnknownMethod } from './grpc/unknown-method.ts';
import type { EventLog } from './handlers/event-log.ts';
import { createLeanListener } from './lean/lean-listener.ts';
import { createDualServer, type NodeRequest, type NodeResponse } from './port/dual-server.ts';
import { defaultPortLimits } from './port/http-limits.ts';
import { isGrpc, pathOf } from './port/request-path.ts';
import { handleHealth } from './rest/health.ts';
import { createRestListener } from './rest/rest-listener.ts';

const services = [EventLogService, ConsumerService, BrokerService, Health, ServerReflection];
const errorDetails = [ErrorCodeSchema.file, ErrorInfoSchema.file];

export interface ServerOptions extends EventLog {
  readonly logger: Logger;
  readonly corsOrigins?: readonly string[];
  /** How long the body of a stream over REST may bring nothing. */
  readonly bodyIdleMs?: number;
}

export interface Server {
  listen(port: number, host: string): Promise<AddressInfo>;
  /** Stops accepting, tells streams to end, lets calls in flight finish and cuts what is left after the grace. */
  close(graceMs: number): Promise<void>;
}

export function createServer({ logger, corsOrigins = [], ...log }: ServerOptions): Server {
  const { limits, state } = log;
  const sink = { state, logger };
  const shutdown = new AbortController();
  const rest = createRestListener({ ...log, shutdownSignal: shutdown.signal });
  const rpc = createRpcListener({
    ...sink,
    limits,
    shutdownSignal: shutdown.signal,
    routes: (router) =>
      router
        .service(EventLogService, eventLogRoutes(log))
        .service(ConsumerService, consumerRoutes(log))
        .service(BrokerService, brokerRoutes(log))
        .service(Health, healthRoutes(state, services))
        .service(ServerReflection, reflectionRoutes(services, errorDetails)),
  });

  const answer = async (request: NodeRequest, response: NodeResponse): Promise<void> => {
    if (handleCors(request, response, corsOrigins)) return;
    if (handleHealth(request, response, state)) return;
    if (rpc.handle(request, response)) return;
    if (await rest.handle(request, response)) return;
    if (isGrpc(request)) answerUnknownMethod(request, response);
    else
      throw new OncelogError('NOT_FOUND', `${pathOf(request)} is not served; try /publish, /events, /stats or /health`);
  };

  const lean = createLeanListener({ ...log, ...sink, shutdownSignal: shutdown.signal });
  const port = createDualServer(answering(sink, answer), defaultPortLimits, lean);

  return {
    listen: (portNumber, host) => port.listen(portNumber, host),
    async close(graceMs) {
      shutdown.abort(shuttingDown());
      await port.close(graceMs);
    },
  };
}
