// An address behind which nothing answers, not even a refusal: a process that stands still, with its backlog full.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

export interface BlackHole {
  readonly target: string;
  close(): void;
}

/** Linux takes one connection more than it is told to. */
const backlog = 1;

const standStill = `
  const server = require('node:net').createServer().listen({ host: '127.0.0.1', port: 0, backlog: ${backlog} }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

export async function startBlackHole(): Promise<BlackHole> {
  const child = spawn(process.execPath, ['-e', standStill], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const fillers = Array.from({ length: backlog + 1 }, () => connect(Number(port), '127.0.0.1').on('error', () => {}));
  await Promise.all(fillers.map((filler) => once(filler, 'connect')));
  return {
    target: `127.0.0.1:${port}`,
    close() {
      child.kill('SIGKILL');
      for (const filler of fillers) filler.destroy();
    },
  };
}
