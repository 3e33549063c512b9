// One Redis server for all specs of a package; `inject('redisUrl')` is undefined where it cannot be had.
import type { TestProject } from 'vitest/node';
import { type RedisServer, startRedis } from './redis-server.ts';
import { hasService } from './required-service.ts';

export type RedisUrl = string | undefined;

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: RedisUrl;
  }
}

let server: RedisServer | undefined;

export async function setup(project: TestProject): Promise<void> {
  server = hasService('redis') ? await startRedis() : undefined;
  project.provide('redisUrl', server?.url);
}

export async function teardown(): Promise<void> {
  await server?.stop();
}
