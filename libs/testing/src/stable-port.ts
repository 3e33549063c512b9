// A port that stays free between the end of a server and its restart.
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the range from which systems take ports for outgoing connections: a client that looks for the dead server would
 * otherwise, now and then, be given the server's own port for its end of the connection, and hold it.
 */
const portMin = 12_000;
const portMax = 32_000;
const attemptsMax = 100;

export async function stablePort(): Promise<number> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const port = portMin + Math.floor(Math.random() * (portMax - portMin));
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found from ${portMin} to ${portMax} in ${attemptsMax} attempts`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.listen(port, '127.0.0.1');
  const free = await listening;
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}
