// Every setting of the aggregator: its flag, its environment variable, its default and its rule, in one table.
import { parseArgs } from 'node:util';
import { type LogLevel, logLevels } from '@oncelog/telemetry';
import {
  brokerUrl,
  nameList,
  nonEmpty,
  oneOf,
  origins,
  type PostgresUrl,
  storeChoice,
  wholeNumber,
  withoutSecrets,
} from './setting-rules.ts';

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly store: 'sqlite' | 'memory' | PostgresUrl;
  readonly durability: 'disk' | 'os';
  readonly broker: string | undefined;
  readonly brokerAllow: readonly string[];
  readonly brokerEventsMax: number;
  readonly role: Role;
  readonly corsOrigins: readonly string[];
  readonly logLevel: LogLevel;
  readonly drainTimeoutMs: number;
  readonly queueBytesMax: number;
  readonly requestBytesMax: number;
  readonly contentBytesMax: number;
}

/** all: serves, and works for the broker if there is one. */
export type Role = 'all' | 'serve' | 'work';

interface Setting<T> {
  readonly flag: string;
  readonly fallback: string;
  readonly help: string;
  /** May hold a password, and is never shown. */
  readonly secret?: true;
  /** Throws a sentence that says what the value must be. */
  readonly parse: (text: string) => T;
}

const settings: { readonly [K in keyof Settings]: Setting<Settings[K]> } = {
  port: { flag: 'port', fallback: '8080', help: 'TCP port; 0 takes a free one', parse: wholeNumber(0, 65_535) },
  host: { flag: 'host', fallback: '127.0.0.1', help: 'address to listen on; 0.0.0.0 for every one', parse: nonEmpty },
  dataDir: { flag: 'data-dir', fallback: './data', help: 'where the log is kept', parse: nonEmpty },
  store: {
    flag: 'store',
    fallback: 'sqlite',
    help: 'sqlite, memory, which forgets at the end, or postgresql://user:password@host:5432/database',
    parse: storeChoice,
    secret: true,
  },
  durability: {
    flag: 'durability',
    fallback: 'disk',
    help: 'what an answer survives: disk = power loss, os = death of the process only',
    parse: oneOf('disk', 'os'),
  },
  broker: {
    flag: 'broker',
    fallback: '',
    help: 'redis://host:6379 answers ACCEPTED from Redis, and stores later; none: answers when stored',
    parse: brokerUrl,
    secret: true,
  },
  brokerAllow: {
    flag: 'broker-allow',
    fallback: '',
    help: "risks taken with the broker's settings, by the names in its refusals, separated by commas",
    parse: nameList,
  },
  brokerEventsMax: {
    flag: 'broker-events-max',
    fallback: '1000000',
    help: 'events that may wait in the broker; more are refused until some are stored',
    parse: wholeNumber(1000, 1_000_000_000),
  },
  role: {
    flag: 'role',
    fallback: 'all',
    help: 'serve = the API only, work = stores what the broker holds, all = both',
    parse: oneOf('all', 'serve', 'work'),
  },
  corsOrigins: {
    flag: 'cors-origins',
    fallback: '',
    help: 'origins that browsers may call from, separated by commas; * for any',
    parse: origins,
  },
  logLevel: { flag: 'log-level', fallback: 'info', help: logLevels.join(', '), parse: oneOf(...logLevels) },
  drainTimeoutMs: {
    flag: 'drain-timeout-ms',
    fallback: '10000',
    help: 'how long a shutdown waits for calls in flight',
    parse: wholeNumber(0, 600_000),
  },
  queueBytesMax: {
    flag: 'queue-bytes-max',
    fallback: String(32 * 1024 * 1024),
    help: 'bytes of events that may wait for a commit',
    parse: wholeNumber(1024, 1024 ** 3),
  },
  requestBytesMax: {
    flag: 'request-bytes-max',
    fallback: String(4 * 1024 * 1024),
    help: 'bytes of one request, also after decompression',
    parse: wholeNumber(1024, 64 * 1024 ** 2),
  },
  contentBytesMax: {
    flag: 'content-bytes-max',
    fallback: String(256 * 1024),
    help: "bytes of one event's payload or data",
    parse: wholeNumber(1, 16 * 1024 ** 2),
  },
};

const names = Object.keys(settings) as (keyof Settings)[];

/** A setting that cannot be used, named as the operator wrote it. */
export class SettingError extends Error {}

export type Command =
  | { readonly kind: 'run'; readonly settings: Settings }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

/** Flags win over the environment; an empty variable counts as absent. */
export function readCommand(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Command {
  const flags = parseFlags(args);
  if (flags['help'] === true) return { kind: 'help' };
  if (flags['version'] === true) return { kind: 'version' };
  refuseUnknownVariables(env);
  const read = <K extends keyof Settings>(name: K): Settings[K] => {
    const { flag, fallback, parse, secret } = settings[name];
    const given = flags[flag];
    const fromEnv = env[variableOf(name)] || undefined;
    const text = typeof given === 'string' ? given : (fromEnv ?? fallback);
    try {
      return parse(text);
    } catch (error) {
      const origin = typeof given === 'string' ? `--${flag}` : variableOf(name);
      throw new SettingError(`${origin} ${(error as Error).message}, is "${secret ? withoutSecrets(text) : text}"`);
    }
  };
  const all = Object.fromEntries(names.map((name) => [name, read(name)])) as unknown as Settings;
  refuseWhatDoesNotGoTogether(all);
  return { kind: 'run', settings: all };
}

function parseFlags(args: readonly string[]): Record<string, string | boolean | undefined> {
  const options = Object.fromEntries(names.map((name) => [settings[name].flag, { type: 'string' as const }]));
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      options: { ...options, help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } },
    });
    return values;
  } catch (error) {
    throw new SettingError(withoutSecrets((error as Error).message.split('. To specify')[0]!));
  }
}

function refuseWhatDoesNotGoTogether(all: Settings): void {
  const { contentBytesMax, requestBytesMax, store, broker, brokerAllow, role } = all;
  if (contentBytesMax > requestBytesMax) {
    throw new SettingError(
      `--content-bytes-max ${contentBytesMax} is more than a request of --request-bytes-max holds`,
    );
  }
  if (broker === undefined) {
    if (role === 'work') throw new SettingError('--role work has nothing to do without --broker redis://host:6379');
    if (brokerAllow.length > 0) throw new SettingError('--broker-allow is about a broker, and --broker names none');
    return;
  }
  // Without a store that both can open, one process would answer ACCEPTED and nobody could ever store it.
  if (role !== 'all' && (store === 'sqlite' || store === 'memory')) {
    const other = role === 'work' ? 'serves' : 'works';
    throw new SettingError(
      `--role ${role} needs a store that the process which ${other} opens too, such as postgresql://…; ` +
        `--store ${store} belongs to one process, with --role all`,
    );
  }
}

/** A misspelt variable would be ignored in silence otherwise. ONCELOG_TARGET is the clients'. */
function refuseUnknownVariables(env: Readonly<Record<string, string | undefined>>): void {
  const known = new Set(['ONCELOG_TARGET', ...names.map(variableOf)]);
  const unknown = Object.keys(env).find((name) => name.startsWith('ONCELOG_') && !known.has(name));
  if (unknown) throw new SettingError(`${unknown} is not a setting; see --help for those there are`);
}

function variableOf(name: keyof Settings): string {
  return `ONCELOG_${settings[name].flag.toUpperCase().replaceAll('-', '_')}`;
}

export function helpText(): string {
  const rows = names.map((name) => {
    const { flag, fallback, help } = settings[name];
    const byDefault = fallback === '' ? 'none by default' : `default ${fallback}`;
    return `  --${flag}\n      ${variableOf(name)}, ${byDefault}\n      ${help}`;
  });
  return `The oncelog aggregator: publish at least once, stored exactly once.

Usage: npm start -- [settings]

Settings, as flags or environment variables (flags win):
${rows.join('\n')}
  --version
  --help
`;
}
