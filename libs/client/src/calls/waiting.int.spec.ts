import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOncelogClient, type TransportName } from '../create-client.ts';
import type { OncelogClient } from '../oncelog-client.ts';
import { waitUntilReady } from './readiness.ts';

const transports = ['grpc-js', 'connect-grpc', 'connect', 'rest', 'connect-web', 'grpc-web'] as const;

/** Between the two fit slow machines, but not six attempts that last as long as the first. */
const callTimeoutMs = 300;
const endsWithinMs = 1500;

/** Takes connections and says nothing, like a process that was stopped. */
let silent: Server;
let target: string;
let client: OncelogClient;
const sockets = new Set<Socket>();

beforeEach(async () => {
  silent = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  target = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
});

afterEach(async () => {
  client.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});

async function connect(transport: TransportName, totalMs: number): Promise<void> {
  client = await createOncelogClient({
    target,
    transport,
    callTimeoutMs,
    retry: { attemptsMax: 6, totalMs, delayBaseMs: 1, delayMaxMs: 1 },
  });
}

describe.each(transports)('an aggregator that does not answer, over %s', (transport) => {
  it('is given up within the time of one call, all its retries included, in one plain sentence', async () => {
    await connect(transport, callTimeoutMs);
    const startedAtMs = performance.now();
    const failure = await client.getStats().then(undefined, (error: unknown) => error);
    expect(performance.now() - startedAtMs).toBeLessThan(endsWithinMs);
    expect(failure).toMatchObject({ code: 'TIMED_OUT', message: 'no answer within 0.3 s' });
  });

  it('leaves open what became of an event, not of a question', async () => {
    await connect(transport, 0);
    await expect(client.publish([])).rejects.toMatchObject({ code: 'TIMED_OUT', outcome: 'unknown' });
    await expect(client.getStats()).rejects.toMatchObject({ code: 'TIMED_OUT', outcome: 'none' });
  });
});

describe('waiting for an aggregator that does not answer', () => {
  it('ends when the time is up, in the middle of a probe', async () => {
    client = await createOncelogClient({ target });
    const startedAtMs = performance.now();
    await expect(waitUntilReady(client, { waitMaxMs: 500 })).rejects.toMatchObject({ code: 'TIMED_OUT' });
    expect(performance.now() - startedAtMs).toBeLessThan(3000);
  });
});
