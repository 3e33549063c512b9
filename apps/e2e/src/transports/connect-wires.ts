// gRPC, gRPC-Web and Connect as connect-node speaks them.
import { ConnectError, createClient } from '@connectrpc/connect';
import { ConsumerService, EventLogService } from '@oncelog/protocol';
import type { OpenTransport } from './connect-transports.ts';
import type { ConsumerWire } from './consumer-wire.ts';
import type { EventLogWire } from './event-log-wire.ts';
import { createRpcWire } from './rpc-wire.ts';
import { rpcFailure } from './wire-failure.ts';

export function connectWire({ transport, sends, close }: OpenTransport): EventLogWire {
  const client = createClient(EventLogService, transport);
  return createRpcWire(
    {
      publish: (input) => told(client.publish(input)),
      publishStream: (inputs) => told(client.publishStream(inputs)),
      publishSession: (inputs, signal) => toldThrough(client.publishSession(inputs, { signal })),
      subscribe: (input, signal) => toldThrough(client.subscribe(input, { signal, timeoutMs: 0 })),
      checkEvents: (input) => told(client.checkEvents(input)),
      getEvent: (input) => told(client.getEvent(input)),
      listEvents: (input) => told(client.listEvents(input)),
      getStats: (input) => told(client.getStats(input)),
      close,
    },
    sends,
  );
}

export function connectConsumerWire({ transport, close }: OpenTransport): ConsumerWire {
  const client = createClient(ConsumerService, transport);
  return {
    async call(method, input) {
      return (await told(transport.unary(method, undefined, undefined, undefined, input))).message;
    },
    async *streamingPull(input) {
      const leaving = new AbortController();
      try {
        yield* toldThrough(client.streamingPull(input, { signal: leaving.signal }));
      } finally {
        leaving.abort();
      }
    },
    close,
  };
}

function told<T>(call: Promise<T>): Promise<T> {
  return call.catch((error: unknown) => {
    throw failureOf(ConnectError.from(error));
  });
}

async function* toldThrough<T>(answers: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* answers;
  } catch (error) {
    throw failureOf(ConnectError.from(error));
  }
}

function failureOf(error: ConnectError) {
  return rpcFailure(error.code, error.rawMessage, (desc) => error.findDetails(desc)[0]);
}
