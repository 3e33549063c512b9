// The server of a process that only works for the broker: it tells how it is, and takes no calls.
import { OncelogError } from '@oncelog/core';
import { answering } from './answering.ts';
import type { FailureSink } from './failures/note-failure.ts';
import { createDualServer } from './port/dual-server.ts';
import { pathOf } from './port/request-path.ts';
import { handleHealth } from './rest/health.ts';
import type { Server } from './server.ts';

export function createHealthServer(sink: FailureSink): Server {
  return createDualServer(
    answering(sink, async (request, response) => {
      if (handleHealth(request, response, sink.state)) return;
      const served = 'this process works for the broker and serves only /livez, /readyz and /health';
      throw new OncelogError('NOT_FOUND', `${pathOf(request)} is not served: ${served}; ask an aggregator`);
    }),
  );
}
