import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { startBlackHole } from '../testing/black-hole.ts';

const client = new URL('../create-client.ts', import.meta.url).href;

const program = `
  const [target, transport] = process.argv.slice(1);
  const { createOncelogClient } = await import('${client}');
  const client = await createOncelogClient({ target, transport, callTimeoutMs: 300, retry: { totalMs: 0 } });
  await client.getStats().catch(({ code }) => process.stdout.write(code));
  client.close();`;

/** Linux gives up connecting after two minutes. */
const endsWithinMs = 30_000;

it.each(['grpc-js', 'connect-grpc', 'connect', 'rest'] as const)(
  'a program over %s ends when it has closed its client, though an address takes no connections',
  { timeout: endsWithinMs },
  async (transport) => {
    const hole = await startBlackHole();
    const args = ['--input-type=module', '-e', program, `${hole.target},127.0.0.1:1`, transport];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => {
      child.kill('SIGKILL');
      hole.close();
    });
    const [said, [code]] = await Promise.all([buffer(child.stdout), once(child, 'exit')]);
    expect({ said: said.toString(), code }).toEqual({ said: 'TIMED_OUT', code: 0 });
  },
);
