// PostgreSQL on a free port in a temporary folder, with nothing of the machine's own server.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram, folderOf, launchServer, type TestServer, userNamed } from './server-process.ts';
import { stablePort } from './stable-port.ts';

const packagesFolder = '/usr/lib/postgresql';

export interface PostgresServer extends TestServer {
  /** postgresql://… of the superuser and of a database that nobody uses; `databaseUrl` names others. */
  readonly url: string;
}

export interface PostgresOptions {
  /** Whether commits are flushed, as a real server's are; only tests of crashes pay for it. */
  readonly durable: boolean;
  /** Settings beside the defaults, such as synchronous_standby_names. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Why there is none, or undefined when it can be started. */
export function missingPostgres(): string | undefined {
  if (program('postgres') && program('initdb')) return undefined;
  return 'no postgres and initdb are installed (apt-get install postgresql)';
}

export async function startPostgres({ durable, settings = {} }: PostgresOptions): Promise<PostgresServer> {
  const user = userNamed('postgres');
  const folder = folderOf(user, 'oncelog-postgres-');
  const data = join(folder, 'data');
  const init = ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8', '--locale=C'];
  await promisify(execFile)(program('initdb')!, init, { ...user, cwd: folder });
  const port = await stablePort();
  const flushing = durable ? {} : { fsync: 'off', full_page_writes: 'off' };
  const all = { listen_addresses: '127.0.0.1', max_connections: '200', ...flushing, ...settings };
  const args = [
    '-D',
    data,
    '-p',
    String(port),
    '-k',
    '',
    ...Object.entries(all).flatMap((pair) => ['-c', pair.join('=')]),
  ];
  const ready = program('pg_isready')!;
  const answers = () => isReady(ready, port);
  const server = await launchServer({ file: program('postgres')!, args, user, folder, port, answers });
  return Object.defineProperties(
    { url: `postgresql://postgres@127.0.0.1:${port}/postgres` },
    Object.getOwnPropertyDescriptors(server),
  ) as PostgresServer;
}

async function isReady(file: string, port: number): Promise<boolean> {
  return promisify(execFile)(file, ['-q', '-h', '127.0.0.1', '-p', String(port)]).then(
    () => true,
    () => false,
  );
}

/** The newest that Debian's packages have put beside each other, or what is on the path. */
function program(name: string): string | undefined {
  const versions = existsSync(packagesFolder) ? readdirSync(packagesFolder) : [];
  const folders = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(packagesFolder, version, 'bin'));
  return findProgram(name, folders);
}
