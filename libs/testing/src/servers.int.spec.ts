import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { startPostgres } from './postgres-server.ts';
import { startRedis } from './redis-server.ts';
import { hasService } from './required-service.ts';
import type { TestServer } from './server-process.ts';

const run = promisify(execFile);
const started: TestServer[] = [];

afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

async function sql(url: string, statement: string): Promise<string> {
  return (await run('psql', ['-At', url, '-c', statement])).stdout.trim();
}

async function redis(port: number, ...command: string[]): Promise<string> {
  return (await run('redis-cli', ['-p', String(port), ...command])).stdout.trim();
}

const counting = 'insert into counted select count(*) from generate_series(1, 3000000)';

/** Resolves when the server is at it: with what is told at its end. */
async function startCounting(url: string): Promise<{ readonly counted: Promise<string> }> {
  const counted = sql(url, counting);
  // Each test sees how it ends, some of them later than it does.
  counted.catch(() => {});
  const running = `select count(*) from pg_stat_activity where query = '${counting}'`;
  await expect.poll(() => sql(url, running)).toBe('1');
  return { counted };
}

describe.runIf(hasService('postgres'))('PostgreSQL of a test', () => {
  it('comes back after a kill with what it had committed, on the same port', async () => {
    const server = await startPostgres({ durable: true });
    started.push(server);
    await sql(server.url, 'create table kept as select 7 as value');
    const { pid } = server;
    await server.kill();
    await expect(sql(server.url, 'select 1')).rejects.toThrow(/connection/i);
    await server.start();
    expect(server.pid).not.toBe(pid);
    expect(await sql(server.url, 'select value from kept')).toBe('7');
  });

  it('is killed as a whole: what was in the middle of a statement does not end it', async () => {
    const server = await startPostgres({ durable: true });
    started.push(server);
    await sql(server.url, 'create table counted (number int)');
    const { counted } = await startCounting(server.url);
    await server.kill();
    await expect(counted).rejects.toThrow(/connection/i);
    await server.start();
    expect(await sql(server.url, 'select count(*) from counted')).toBe('0');
  });

  it('answers nobody while it is stopped, and goes on where it was', async () => {
    const server = await startPostgres({ durable: false });
    started.push(server);
    await sql(server.url, 'create table counted (number int)');
    const { counted } = await startCounting(server.url);
    let ended = false;
    void counted.then(() => (ended = true));
    server.signal('SIGSTOP');
    // Twice as long as the counting takes.
    await expect(sql(`${server.url}?connect_timeout=2`, 'select 1')).rejects.toThrow(/timeout/i);
    expect(ended).toBe(false);
    server.signal('SIGCONT');
    await counted;
    expect(await sql(server.url, 'select number from counted')).toBe('3000000');
  });

  it('flushes its commits when it is to be durable, and only then', async () => {
    for (const durable of [true, false]) {
      const server = await startPostgres({ durable });
      started.push(server);
      expect(await sql(server.url, 'show fsync')).toBe(durable ? 'on' : 'off');
    }
  });
});

describe.runIf(hasService('redis'))('Redis of a test', () => {
  it('comes back after a kill with what it had answered, on the same port', async () => {
    const server = await startRedis();
    started.push(server);
    await redis(server.port, 'set', 'kept', '7');
    await server.kill();
    await server.start();
    expect(await redis(server.port, 'get', 'kept')).toBe('7');
    expect(await redis(server.port, 'config', 'get', 'appendfsync')).toBe('appendfsync\nalways');
  });
});
