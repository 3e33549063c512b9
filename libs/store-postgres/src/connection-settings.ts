// What a connection to the log's database asks for, from the URL of the store.
import { OncelogError } from '@oncelog/core';
import { type ClientConfig, TypeOverrides, types as defaultTypes } from 'pg';

const schemaDefault = 'oncelog';
/** What PostgreSQL keeps of a name; the rest would be cut off in silence. */
const schemaBytesMax = 63;

/** Of the URL. A parameter that is misspelt would be ignored, and the log be another one than was meant. */
const parameters = new Set([
  'schema',
  'options',
  'application_name',
  'sslmode',
  'ssl',
  'sslcert',
  'sslkey',
  'sslrootcert',
  'uselibpqcompat',
]);

/** A server that does not answer by then is not there. */
const connectTimeoutMs = 2000;
/** Behind the group of another replica, which is over in milliseconds. */
const lockTimeoutMs = 2000;
const statementTimeoutMs = 5000;
/** Longer than the server's own, which leaves the connection usable. When even this has passed, nobody answers. */
const queryTimeoutMs = 6000;
const idleInTransactionTimeoutMs = 3000;

export interface ConnectionSettings {
  readonly client: ClientConfig;
  readonly schema: string;
  readonly database: string;
  /** Where the log is, without a password: for people. */
  readonly place: string;
}

/** Numbers as numbers: a position fits one exactly. */
const types = new TypeOverrides();
types.setTypeParser(defaultTypes.builtins.INT8, Number);
/** bigint[]; the default would read them as text. */
types.setTypeParser(1016 as never, (text) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(Number)));

export function connectionSettings(url: string): ConnectionSettings {
  const parsed = parse(url);
  const unknown = [...parsed.searchParams.keys()].find((name) => !parameters.has(name));
  if (unknown !== undefined) {
    const known = [...parameters].join(', ');
    throw new OncelogError('RULE_BROKEN', `the URL of the store takes the parameters ${known}; not ${unknown}`);
  }
  const schema = parsed.searchParams.get('schema') ?? schemaDefault;
  if (schema === '' || Buffer.byteLength(schema) > schemaBytesMax || /["\\\0]/.test(schema)) {
    throw new OncelogError('RULE_BROKEN', `the schema of the store is 1 to ${schemaBytesMax} bytes without " or \\`);
  }
  const given = parsed.searchParams.get('options');
  parsed.searchParams.delete('schema');
  parsed.searchParams.delete('options');
  const settings: ConnectionSettings = {
    schema,
    database: decodeURIComponent(parsed.pathname.slice(1)),
    place: `${parsed.host}${parsed.pathname} (schema ${schema})`,
    client: {
      connectionString: parsed.href,
      options: given ?? '',
      application_name: 'oncelog',
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: queryTimeoutMs,
      keepAlive: true,
      types,
    },
  };
  return withSettings(settings, {
    search_path: `"${schema}"`,
    default_transaction_isolation: 'read committed',
    // Compiling a statement takes longer than any of ours runs.
    jit: 'off',
    lock_timeout: lockTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
  });
}

/** Sessions with settings of the server beside those they have; a later one wins. */
export function withSettings(
  settings: ConnectionSettings,
  more: Readonly<Record<string, string | number>>,
): ConnectionSettings {
  const { client } = settings;
  const added = Object.entries(more).map(
    ([name, value]) => ` -c ${name}=${String(value).replaceAll(/[\\ ]/g, '\\$&')}`,
  );
  return { ...settings, client: { ...client, options: `${client.options ?? ''}${added.join('')}` } };
}

function parse(url: string): URL {
  try {
    const parsed = new URL(url);
    [parsed.username, parsed.password, parsed.pathname].map(decodeURIComponent);
    if (/^postgres(ql)?:$/.test(parsed.protocol)) return parsed;
  } catch {
    // What cannot be read is not repeated: it may hold a password.
  }
  throw new OncelogError('RULE_BROKEN', 'the store is given as postgresql://user:password@host:5432/database');
}
