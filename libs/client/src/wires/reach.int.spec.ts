import { type AddressInfo, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { startBlackHole } from '../testing/black-hole.ts';
import { reach } from './reach.ts';
import { parseTarget } from './target.ts';

async function listening(host: string): Promise<{ readonly port: number; readonly closed: Promise<unknown> }> {
  const { promise: closed, resolve } = Promise.withResolvers();
  const server = createServer((socket) => void socket.resume().on('close', resolve));
  await new Promise<void>((settled) => server.listen(0, host, settled));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, closed };
}

it('says that a machine takes connections, and leaves none behind', async () => {
  const { port, closed } = await listening('127.0.0.1');
  await expect(reach(parseTarget(`127.0.0.1:${port}`), { timeoutMs: 5000 })).resolves.toBeUndefined();
  await closed;
});

it('takes names, and addresses in brackets', async () => {
  const { port } = await listening('127.0.0.1');
  await reach(parseTarget(`https://localhost:${port}`), { timeoutMs: 5000 });
  await expect(reach(parseTarget('[::1]:1'), { timeoutMs: 5000 })).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: expect.stringContaining('::1'),
  });
});

it('says why nothing listens, and that nothing was sent', async () => {
  await expect(reach(parseTarget('127.0.0.1:1'), { timeoutMs: 5000 })).rejects.toMatchObject({
    code: 'UNREACHABLE',
    outcome: 'none',
    message: 'connect ECONNREFUSED 127.0.0.1:1',
  });
});

it('gives up where nothing answers when its time is up, and when the client is closed', async () => {
  const hole = await startBlackHole();
  onTestFinished(() => hole.close());
  const target = parseTarget(hole.target);
  await expect(reach(target, { timeoutMs: 200 })).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: 'no connection within 0.2 s',
  });
  const closing = new AbortController();
  const reaching = reach(target, { timeoutMs: 5000, signal: closing.signal });
  closing.abort();
  await expect(reaching).rejects.toMatchObject({ code: 'CANCELLED' });
});
