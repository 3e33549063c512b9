// What `docker compose --profile scale up` starts, without containers: the commands and the environment of the compose
// file, real servers with its settings, its balancer. Only host names and ports are the test's.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type PostgresServer, type RedisServer, stablePort, startPostgres, startRedis } from '@oncelog/testing';
import { Client } from 'pg';
import { cleanEnvironment } from '../launch/clean-environment.ts';
import { type Finished, runProgram } from '../launch/run-program.ts';
import { type Balancer, startBalancer } from './balancer.ts';
import { readComposeFile, startedServices, workspaceRoot } from './compose-file.ts';

const services = startedServices(readComposeFile(), ['scale']);

export interface ScaleStack extends AsyncDisposable {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  readonly balancer: Balancer;
  readonly replicas: readonly ServiceProcess[];
  readonly worker: ServiceProcess;
  /** The publisher, from its start to its end. */
  publish(): Promise<Finished>;
}

export interface ServiceProcess {
  readonly url: string;
  /** Everything written to standard error, over restarts. */
  log(): string;
  /** As `restart: unless-stopped` does after a crash. */
  restart(): void;
  /** Resolves with the exit code when it is gone. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** The exit code of the health check that its container has. */
  healthcheck(): Promise<number | null>;
}

/** Resolves when the stores run and everything else is on its way, as containers are: each waits for what it needs. */
export async function startScaleStack(): Promise<ScaleStack> {
  const [postgres, redis] = await Promise.all([startComposedPostgres(), startRedis(redisSettings())]);
  const places = { 'postgres:5432': `127.0.0.1:${postgres.port}`, 'redis:6379': `127.0.0.1:${redis.port}` };
  const [port, workerPort] = [await stablePort(), await stablePort()];
  const hosts = Array.from({ length: services['replica']!.deploy!.replicas }, (_, index) => `127.0.0.${index + 2}`);
  const replicas = hosts.map((host) => startService('replica', { host, port }, places));
  // The health check of a container asks this address.
  const worker = startService('worker', { host: '127.0.0.1', port: workerPort }, places);
  const ending = new AbortController();
  const endAll = async () => {
    ending.abort();
    await Promise.all([worker, ...replicas].map((service) => service.end('SIGKILL')));
    await Promise.all([postgres.stop(), redis.stop()]);
  };
  const balancer = await startBalancer({ hosts, port }).catch(async (error: unknown) => {
    await endAll();
    throw error;
  });
  return {
    postgres,
    redis,
    balancer,
    replicas,
    worker,
    publish() {
      const [, main, ...args] = services['scale-publisher']!.command!;
      const placed = args.map((word) => word.replace('balancer:8080', balancer.target));
      return runProgram(process.execPath, [main!, ...placed], { cwd: workspaceRoot, signal: ending.signal });
    },
    async [Symbol.asyncDispose]() {
      await endAll();
      await balancer[Symbol.asyncDispose]();
    },
  };
}

/** With the user and the database that the image makes of its environment; here the user is no superuser. */
async function startComposedPostgres(): Promise<PostgresServer> {
  const {
    POSTGRES_USER: user,
    POSTGRES_DB: database,
    POSTGRES_PASSWORD: password,
  } = services['postgres']!.environment!;
  const server = await startPostgres({ durable: true });
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query(`create role ${user} login password '${password}'`);
  await client.query(`create database ${database} owner ${user}`);
  await client.end();
  return server;
}

/** Of `redis-server --name value …`. */
function redisSettings(): Record<string, string> {
  const [, ...words] = services['redis']!.command!;
  const pairs = words.flatMap((word, index) => (word.startsWith('--') ? [[word.slice(2), words[index + 1]!]] : []));
  return Object.fromEntries(pairs) as Record<string, string>;
}

function startService(
  name: 'replica' | 'worker',
  { host, port }: { readonly host: string; readonly port: number },
  places: Readonly<Record<string, string>>,
): ServiceProcess {
  const { command, environment, healthcheck } = services[name]!;
  const placed = Object.entries(environment!).map(([key, value]) => [key, atPlaces(value, places)] as const);
  const env = { ...Object.fromEntries(placed), ONCELOG_HOST: host, ONCELOG_PORT: String(port) };
  let log = '';
  let exited: Promise<number | null>;
  let kill: (signal: NodeJS.Signals) => void;

  function start(): void {
    const stdio = ['ignore', 'ignore', 'pipe'] as const;
    const child = spawn(process.execPath, command!.slice(1), {
      cwd: workspaceRoot,
      env: cleanEnvironment(env),
      stdio: [...stdio],
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    exited = once(child, 'exit').then(([code]) => code as number | null);
    kill = (signal) => child.kill(signal);
  }

  start();
  return {
    url: `http://${host}:${port}`,
    log: () => log,
    restart: start,
    end(signal) {
      kill(signal);
      return exited;
    },
    async healthcheck() {
      const [, , main] = healthcheck!.test!;
      return (await runProgram(process.execPath, [main!], { cwd: workspaceRoot, env })).code;
    },
  };
}

function atPlaces(text: string, places: Readonly<Record<string, string>>): string {
  return Object.entries(places).reduce((placed, [from, to]) => placed.replace(from, to), text);
}
