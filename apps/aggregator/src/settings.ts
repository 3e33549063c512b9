// Every setting of the aggregator: its flag, its environment variable, its default and its rule, in one table.
import { parseArgs } from 'node:util';
import { type LogLevel, logLevels } from '@oncelog/telemetry';

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly store: 'sqlite' | 'memory';
  readonly durability: 'disk' | 'os';
  readonly corsOrigins: readonly string[];
  readonly logLevel: LogLevel;
  readonly drainTimeoutMs: number;
  readonly queueBytesMax: number;
  readonly requestBytesMax: number;
  readonly contentBytesMax: number;
}

interface Setting<T> {
  readonly flag: string;
  readonly fallback: string;
  readonly help: string;
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
    help: 'sqlite, or memory, which forgets at the end',
    parse: oneOf('sqlite', 'memory'),
  },
  durability: {
    flag: 'durability',
    fallback: 'disk',
    help: 'what an answer survives: disk = power loss, os = death of the process only',
    parse: oneOf('disk', 'os'),
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
    const { flag, fallback, parse } = settings[name];
    const given = flags[flag];
    const fromEnv = env[variableOf(name)] || undefined;
    const text = typeof given === 'string' ? given : (fromEnv ?? fallback);
    try {
      return parse(text);
    } catch (error) {
      const origin = typeof given === 'string' ? `--${flag}` : variableOf(name);
      throw new SettingError(`${origin} ${(error as Error).message}, is "${text}"`);
    }
  };
  const all = Object.fromEntries(names.map((name) => [name, read(name)])) as unknown as Settings;
  if (all.contentBytesMax > all.requestBytesMax) {
    throw new SettingError(
      `--content-bytes-max ${all.contentBytesMax} is more than a request of --request-bytes-max holds`,
    );
  }
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
    throw new SettingError((error as Error).message.split('. To specify')[0]!);
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

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) throw new Error(`must be a whole number from ${min} to ${max}`);
    return value;
  };
}

function oneOf<T extends string>(...choices: readonly T[]): (text: string) => T {
  return (text) => {
    const chosen = choices.find((choice) => choice === text);
    if (chosen === undefined) throw new Error(`must be one of ${choices.join(', ')}`);
    return chosen;
  };
}

function origins(text: string): string[] {
  const listed = text.split(',').map((origin) => origin.trim());
  const given = listed.filter((origin) => origin !== '');
  const isOrigin = (origin: string) => origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin);
  if (!given.every(isOrigin)) throw new Error('must be * or origins such as https://app.example.com');
  return given;
}

function nonEmpty(text: string): string {
  if (text.trim() === '') throw new Error('must not be empty');
  return text;
}
