export { missingPostgres, type PostgresOptions, type PostgresServer, startPostgres } from './postgres-server.ts';
export { durableRedis, missingRedis, type RedisServer, startRedis } from './redis-server.ts';
export { hasService, type ServiceName } from './required-service.ts';
export type { TestServer } from './server-process.ts';
export { stablePort } from './stable-port.ts';
