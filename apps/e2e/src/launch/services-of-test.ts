// Database servers and brokers of one test, durable as those of real life, for it to kill.
import { durableRedis, type PostgresServer, type RedisServer, startPostgres, startRedis } from '@oncelog/testing';
import { onTestFinished } from 'vitest';

type Settings = Readonly<Record<string, string>>;

export async function postgresOfTest(settings: Settings = {}): Promise<PostgresServer> {
  const server = await startPostgres({ durable: true, settings });
  onTestFinished(() => server.stop());
  return server;
}

export async function redisOfTest(settings: Settings = {}): Promise<RedisServer> {
  const server = await startRedis({ ...durableRedis, ...settings });
  onTestFinished(() => server.stop());
  return server;
}
