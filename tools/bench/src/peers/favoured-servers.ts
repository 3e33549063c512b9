// PostgreSQL and Redis for all who keep events in them: flushed before they answer, otherwise set in their favour.
import { durableRedis, type PostgresServer, type RedisServer, startPostgres, startRedis } from '@oncelog/testing';
import { Client } from 'pg';
import type { Lifetime } from '../run/lifetime.ts';
import type { LogSizes } from './peer.ts';
import { findProgram, versionOf } from './program.ts';

const postgresSettings = {
  synchronous_commit: 'on',
  // In its favour: room for the indexes, and no checkpoint in the middle of a round.
  shared_buffers: '512MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '1h',
};

/** In its favour: no rewrite of the file in the middle of a round. */
const redisSettings = { ...durableRedis, 'auto-aof-rewrite-percentage': '0' };

export function startFavouredPostgres(lifetime: Lifetime): Promise<PostgresServer> {
  return lifetime.keep(() => startPostgres({ durable: true, settings: postgresSettings }));
}

export function startFavouredRedis(lifetime: Lifetime): Promise<RedisServer> {
  return lifetime.keep(() => startRedis(redisSettings));
}

export function postgresVersion(): string {
  return `PostgreSQL ${/\) (\S+)/.exec(versionOf(findProgram('postgres')!))?.[1]}`;
}

export function redisVersion(): string {
  return `Redis ${/v=(\S+)/.exec(versionOf(findProgram('redis-server')!))?.[1]}`;
}

export async function sizesOf({ url }: PostgresServer): Promise<LogSizes> {
  const client = new Client(url);
  await client.connect();
  const { rows } = await client.query<LogSizes>(
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as "walBytes",
      pg_database_size(current_database())::float8 as "databaseBytes",
      coalesce(pg_total_relation_size(to_regclass('oncelog.event_key')), 0)::float8 as "keyBytes"`,
  );
  await client.end();
  return rows[0]!;
}
