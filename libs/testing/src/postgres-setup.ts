// One PostgreSQL server for all specs of a package; `inject('postgresUrl')` is undefined where it cannot be had.
import type { TestProject } from 'vitest/node';
import { type PostgresServer, startPostgres } from './postgres-server.ts';
import { hasService } from './required-service.ts';

export type PostgresUrl = string | undefined;

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: PostgresUrl;
  }
}

let server: PostgresServer | undefined;

export async function setup(project: TestProject): Promise<void> {
  server = hasService('postgres') ? await startPostgres({ durable: false }) : undefined;
  project.provide('postgresUrl', server?.url);
}

export async function teardown(): Promise<void> {
  await server?.stop();
}
