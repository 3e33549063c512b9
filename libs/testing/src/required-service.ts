// Services that a machine may lack: a test without its own says so and is skipped, unless REQUIRE_SERVICES names it.
import { missingPostgres } from './postgres-server.ts';
import { missingRedis } from './redis-server.ts';

export type ServiceName = 'postgres' | 'redis';

const missing = { postgres: missingPostgres, redis: missingRedis } satisfies Record<
  ServiceName,
  () => string | undefined
>;

/** Whether the tests that need it can run. Throws instead of false when the service is required. */
export function hasService(name: ServiceName): boolean {
  const reason = missing[name]();
  if (reason === undefined) return true;
  const required = (process.env['REQUIRE_SERVICES'] ?? '').split(',').map((each) => each.trim());
  if (required.includes(name)) throw new Error(`${name} is required by REQUIRE_SERVICES, but ${reason}`);
  process.stderr.write(`SKIPPED: the tests that need ${name}, because ${reason}\n`);
  return false;
}
