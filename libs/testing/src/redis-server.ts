// Redis on a free port in a temporary folder, with nothing of the machine's own server.
import { connect } from 'node:net';
import { findProgram, folderOf, launchServer, type TestServer, userNamed } from './server-process.ts';
import { stablePort } from './stable-port.ts';

export interface RedisServer extends TestServer {
  /** redis://… */
  readonly url: string;
}

/** An append-only file that is flushed before every answer: what a broker must have. */
export const durableRedis = { appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'noeviction' } as const;

/** Why there is none, or undefined when it can be started. */
export function missingRedis(): string | undefined {
  return findProgram('redis-server') ? undefined : 'no redis-server is installed (apt-get install redis-server)';
}

/** With the settings given beside Redis's own defaults; without snapshots. */
export async function startRedis(settings: Readonly<Record<string, string>> = durableRedis): Promise<RedisServer> {
  const user = userNamed('redis');
  const folder = folderOf(user, 'oncelog-redis-');
  const port = await stablePort();
  const all = { port: String(port), bind: '127.0.0.1', dir: folder, save: '', ...settings };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const answers = () => hasLoaded(port);
  const server = await launchServer({ file: findProgram('redis-server')!, args, user, folder, port, answers });
  return Object.defineProperties(
    { url: `redis://127.0.0.1:${port}` },
    Object.getOwnPropertyDescriptors(server),
  ) as RedisServer;
}

/** It takes connections while it still reads its file, and answers everything with LOADING then. */
function hasLoaded(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('error', () => resolve(false)).once('close', () => resolve(false));
    socket.once('data', (answer) => {
      resolve(!answer.toString().startsWith('-LOADING'));
      socket.destroy();
    });
  });
}
