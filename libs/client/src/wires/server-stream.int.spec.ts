import { createServer as createHttp1Server } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { ErrorInfoSchema, EventLogService } from '@oncelog/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { streamsPerConnectionMax } from './stream-connections.ts';
import { parseTarget } from './target.ts';
import type { Wire } from './wire.ts';

const transports = ['grpc-js', 'connect-grpc', 'connect', 'rest', 'connect-web', 'grpc-web'] as const;
type Transport = (typeof transports)[number];

const { subscribe } = EventLogService.method;

/** More than the streams of a client's subscriptions on one connection, and fewer than there are subscriptions. */
const connectionStreamsMax = 60;
const subscriptions = 100;

/** Answers a subscription with its `after` as the cursor, and then says nothing until the reader leaves. */
let open = 0;
let left = 0;
let onLeft = () => {};
let failure: ConnectError | undefined;
const sessions = new Set<ServerHttp2Session>();
let h1: Server;
let h2: Server;

const routes = (router: ConnectRouter) =>
  router.service(EventLogService, {
    async *subscribe({ after }, { signal }) {
      open += 1;
      try {
        yield { message: { case: 'caughtUp', value: { cursor: after } } };
        if (failure) throw failure;
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      } finally {
        open -= 1;
        left += 1;
        onLeft();
      }
    },
    publish: () => ({ summary: {} }),
    getStats: () => ({ subscribers: BigInt(open) }),
  });

beforeEach(async () => {
  [open, left, failure] = [0, 0, undefined];
  const http2 = createHttp2Server(
    { settings: { maxConcurrentStreams: connectionStreamsMax } },
    connectNodeAdapter({ routes }),
  );
  http2.on('session', (session) => sessions.add(session));
  h2 = http2;
  h1 = createHttp1Server(connectNodeAdapter({ routes }));
  for (const server of [h1, h2]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  for (const session of sessions) session.destroy();
  sessions.clear();
  await Promise.all([h1, h2].map((server) => new Promise((resolve) => server.close(resolve))));
});

function overHttp1(transport: Transport): boolean {
  return transport === 'rest' || transport.endsWith('web');
}

function targetOf(transport: Transport): string {
  const server = overHttp1(transport) ? h1 : h2;
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function openWire(transport: Transport): Promise<Wire> {
  const target = parseTarget(targetOf(transport));
  if (transport === 'grpc-js') return (await import('./grpc-js-wire.ts')).createGrpcJsWire(target);
  if (transport === 'rest') return (await import('./rest-wire.ts')).createRestWire(target);
  if (transport === 'connect-web' || transport === 'grpc-web')
    return (await import('./connect-web-wire.ts')).createConnectWebWire(target, transport);
  const { createConnectWire } = await import('./connect-wire.ts');
  return createConnectWire(target, transport === 'connect' ? 'connect' : 'grpc');
}

/** In turns of their own: what a running function refers to is no garbage yet. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
}

function whenLeft(count: number): Promise<void> {
  return new Promise((resolve) => {
    onLeft = () => left >= count && resolve();
    onLeft();
  });
}

describe.each(transports)('a stream of answers over %s', (transport) => {
  let wire: Wire;

  beforeEach(async () => {
    wire = await openWire(transport);
  });

  afterEach(() => wire.close());

  it('hands out each answer as it comes', async () => {
    for await (const { message } of wire.serverStream(subscribe, { after: 'c7' }, {})) {
      expect(message).toMatchObject({ case: 'caughtUp', value: { cursor: 'c7' } });
      break;
    }
  });

  it('ends the call when its loop is left', async () => {
    for await (const _ of wire.serverStream(subscribe, {}, {})) break;
    await whenLeft(1);
    expect(open).toBe(0);
  });

  it('ends the call though garbage was collected while it waited', async () => {
    const leaving = new AbortController();
    const stream = wire.serverStream(subscribe, {}, { signal: leaving.signal })[Symbol.asyncIterator]();
    await stream.next();
    const waiting = stream.next();
    await collectGarbage();
    leaving.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await whenLeft(1);
  });

  it('ends the call when its signal is raised while it waits', async () => {
    const leaving = new AbortController();
    const reading = (async () => {
      for await (const _ of wire.serverStream(subscribe, {}, { signal: leaving.signal })) leaving.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
    await whenLeft(1);
  });

  it('ends all of them when the client is closed, and takes no more', async () => {
    const reading = (async () => {
      for await (const _ of wire.serverStream(subscribe, {}, {})) wire.close();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED', retryable: false });
    await whenLeft(1);
    const late = wire.serverStream(subscribe, {}, {})[Symbol.asyncIterator]().next();
    await expect(late).rejects.toMatchObject({ code: 'CANCELLED', message: 'the client is closed' });
  });

  it('fails with the code of the failure and the cursor to go on from', async () => {
    const info = { domain: 'oncelog', reason: 'READER_STALLED', metadata: { cursor: 'c9', outcome: 'none' } };
    failure = new ConnectError('too slow', Code.Aborted, undefined, [{ desc: ErrorInfoSchema, value: info }]);
    const reading = (async () => {
      for await (const _ of wire.serverStream(subscribe, {}, {}));
    })();
    await expect(reading).rejects.toMatchObject({ code: 'READER_STALLED', cursor: 'c9', retryable: true });
  });

  it('leaves the calls their answers while a hundred are open', { timeout: 15_000 }, async () => {
    const streams = Array.from({ length: subscriptions }, () =>
      wire.serverStream(subscribe, {}, {})[Symbol.asyncIterator](),
    );
    await Promise.all(streams.map((stream) => stream.next()));
    const options = { timeoutMs: 5000 };
    expect(await wire.unary(EventLogService.method.getStats, {}, options)).toMatchObject({
      subscribers: BigInt(subscriptions),
    });
    await wire.unary(EventLogService.method.publish, {}, options);
    if (!overHttp1(transport)) expect(sessions.size).toBe(1 + subscriptions / streamsPerConnectionMax);
    await Promise.all(streams.map((stream) => stream.return?.()));
    await whenLeft(subscriptions);
  });
});
