// The server of a process that only works for the broker: it tells how it is, over HTTP and gRPC, and takes no calls.
import { defaultLimits, OncelogError } from '@oncelog/core';
import { shuttingDown } from '@oncelog/ingest';
import { Health } from '@oncelog/protocol';
import { answering } from './answering.ts';
import { createRpcListener } from './connect/rpc-listener.ts';
import type { FailureSink } from './failures/note-failure.ts';
import { healthRoutes } from './grpc/health.ts';
import { answerUnknownMethod } from './grpc/unknown-method.ts';
import { createDualServer } from './port/dual-server.ts';
import { isGrpc, pathOf } from './port/request-path.ts';
import { handleHealth } from './rest/health.ts';
import type { Server } from './server.ts';

export function createHealthServer(sink: FailureSink): Server {
  const shutdown = new AbortController();
  const rpc = createRpcListener({
    ...sink,
    limits: defaultLimits,
    shutdownSignal: shutdown.signal,
    routes: (router) => router.service(Health, healthRoutes(sink.state, [Health])),
  });
  const port = createDualServer(
    answering(sink, async (request, response) => {
      if (handleHealth(request, response, sink.state)) return;
      if (rpc.handle(request, response)) return;
      if (isGrpc(request)) return answerUnknownMethod(request, response);
      const served = 'this process works for the broker and serves only /livez, /readyz, /health and grpc.health.v1';
      throw new OncelogError('NOT_FOUND', `${pathOf(request)} is not served: ${served}; ask an aggregator`);
    }),
  );
  return {
    listen: (portNumber, host) => port.listen(portNumber, host),
    async close(graceMs) {
      shutdown.abort(shuttingDown());
      await port.close(graceMs);
    },
  };
}
