import { describe, expect, it } from 'vitest';
import { helpText, readCommand, SettingError, type Settings } from './settings.ts';

function read(args: readonly string[] = [], env: Record<string, string | undefined> = {}): Settings {
  const command = readCommand(args, env);
  return command.kind === 'run' ? command.settings : expect.fail(`it asked for ${command.kind}`);
}

function refusalOf(args: readonly string[], env: Record<string, string> = {}): string {
  try {
    readCommand(args, env);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingError);
    return (error as SettingError).message;
  }
  return expect.fail('it was expected to be refused');
}

const rows: readonly [setting: keyof Settings, flag: string, variable: string, text: string, value: unknown][] = [
  ['port', 'port', 'ONCELOG_PORT', '0', 0],
  ['host', 'host', 'ONCELOG_HOST', '0.0.0.0', '0.0.0.0'],
  ['dataDir', 'data-dir', 'ONCELOG_DATA_DIR', '/var/lib/log', '/var/lib/log'],
  ['store', 'store', 'ONCELOG_STORE', 'memory', 'memory'],
  ['durability', 'durability', 'ONCELOG_DURABILITY', 'os', 'os'],
  ['broker', 'broker', 'ONCELOG_BROKER', 'redis://redis:6379', 'redis://redis:6379'],
  ['brokerAllow', 'broker-allow', 'ONCELOG_BROKER_ALLOW', 'appendfsync, eviction,', ['appendfsync', 'eviction']],
  ['brokerEventsMax', 'broker-events-max', 'ONCELOG_BROKER_EVENTS_MAX', '1000', 1000],
  ['role', 'role', 'ONCELOG_ROLE', 'serve', 'serve'],
  ['corsOrigins', 'cors-origins', 'ONCELOG_CORS_ORIGINS', 'https://a, https://b,', ['https://a', 'https://b']],
  ['logLevel', 'log-level', 'ONCELOG_LOG_LEVEL', 'silent', 'silent'],
  ['drainTimeoutMs', 'drain-timeout-ms', 'ONCELOG_DRAIN_TIMEOUT_MS', '1', 1],
  ['queueBytesMax', 'queue-bytes-max', 'ONCELOG_QUEUE_BYTES_MAX', '1024', 1024],
  ['requestBytesMax', 'request-bytes-max', 'ONCELOG_REQUEST_BYTES_MAX', '1048576', 1_048_576],
  ['contentBytesMax', 'content-bytes-max', 'ONCELOG_CONTENT_BYTES_MAX', '1', 1],
];

/** What makes no sense by itself. */
const neededBy: Partial<Record<keyof Settings, Record<string, string>>> = {
  brokerAllow: { ONCELOG_BROKER: 'redis://redis:6379' },
};

const database = 'postgresql://user:password@db.example:5432/oncelog?schema=log';

describe('settings', () => {
  it('have defaults that run on a laptop, for nobody else', () => {
    expect(read()).toEqual({
      port: 8080,
      host: '127.0.0.1',
      dataDir: './data',
      store: 'sqlite',
      durability: 'disk',
      broker: undefined,
      brokerAllow: [],
      brokerEventsMax: 1_000_000,
      role: 'all',
      corsOrigins: [],
      logLevel: 'info',
      drainTimeoutMs: 10_000,
      queueBytesMax: 33_554_432,
      requestBytesMax: 4_194_304,
      contentBytesMax: 262_144,
    });
  });

  it('refuse an event that may be larger than the request it comes in', () => {
    expect(refusalOf(['--request-bytes-max', '2048'])).toBe(
      '--content-bytes-max 262144 is more than a request of --request-bytes-max holds',
    );
  });

  it('take PostgreSQL by either name of its scheme, and Redis with and without TLS', () => {
    expect(read(['--store', database]).store).toBe(database);
    expect(read(['--store', 'postgres://db.example']).store).toBe('postgresql://db.example');
    expect(read(['--broker', 'rediss://user:password@redis.example:6380/1']).broker).toContain('rediss://');
  });

  it.each([
    [['--role', 'work'], '--role work has nothing to do without --broker redis://host:6379'],
    [['--broker-allow', 'appendfsync'], '--broker-allow is about a broker, and --broker names none'],
    [['--role', 'work', '--broker', 'redis://a'], '--role work needs a store that the process which serves opens too'],
    [
      ['--role', 'serve', '--broker', 'redis://a', '--store', 'memory'],
      '--role serve needs a store that the process which works opens too, such as postgresql://…; --store memory',
    ],
  ])('refuse what makes no sense together: %j', (args, message) => {
    expect(refusalOf(args)).toContain(message);
  });

  it.each([
    [['--role', 'serve'], 'sqlite'],
    [['--role', 'all', '--broker', 'redis://a', '--store', 'memory'], 'memory'],
    [['--role', 'serve', '--broker', 'redis://a', '--store', database], database],
    [['--role', 'work', '--broker', 'redis://a', '--store', database], database],
  ])('take what does: %j', (args, store) => {
    expect(read(args).store).toBe(store);
  });

  it('are all in the table below', () => {
    expect(rows.map(([setting]) => setting)).toEqual(Object.keys(read()));
  });

  it.each(rows)(
    '%s comes from its flag, from its variable, and the flag wins',
    (setting, flag, variable, text, value) => {
      const needed = neededBy[setting] ?? {};
      expect(read([`--${flag}`, text], needed)[setting]).toEqual(value);
      expect(read([`--${flag}=${text}`], needed)[setting]).toEqual(value);
      expect(read([], { ...needed, [variable]: text })[setting]).toEqual(value);
      expect(read([`--${flag}`, text], { ...needed, [variable]: 'nonsense' })[setting]).toEqual(value);
      expect(read([], { ...needed, [variable]: '' })[setting]).toEqual(read()[setting]);
    },
  );

  it.each(rows)('%s is in the help, with its flag and its variable', (_setting, flag, variable) => {
    expect(helpText()).toContain(`--${flag}\n      ${variable}, `);
  });
});

describe('a wrong value', () => {
  it.each([
    ['port', '65536', 'must be a whole number from 0 to 65535, is "65536"'],
    ['port', '-1', 'must be a whole number'],
    ['port', 'http', 'must be a whole number'],
    ['port', '80.5', 'must be a whole number'],
    ['port', '', 'must be a whole number'],
    ['port', ' 80', 'must be a whole number'],
    ['host', ' ', 'must not be empty'],
    ['data-dir', '', 'must not be empty'],
    ['store', 'postgres', 'must be sqlite, memory or a URL such as postgresql://user:password@host:5432/database'],
    ['store', 'SQLITE', 'must be sqlite, memory or'],
    ['store', 'mysql://host/database', 'must be sqlite, memory or'],
    ['store', 'postgresql:///database', 'must be sqlite, memory or'],
    ['broker', 'nats://host', 'must be a URL such as redis://user:password@host:6379'],
    ['broker', 'redis://', 'must be a URL such as'],
    ['broker-events-max', '999', 'must be a whole number from 1000'],
    ['role', 'worker', 'must be one of all, serve, work, is "worker"'],
    ['durability', 'memory', 'must be one of disk, os'],
    ['log-level', 'loud', 'must be one of trace, debug, info'],
    ['drain-timeout-ms', '600001', 'must be a whole number from 0 to 600000'],
    ['queue-bytes-max', '1023', 'must be a whole number from 1024'],
    ['request-bytes-max', '67108865', 'must be a whole number from 1024 to 67108864'],
    ['cors-origins', 'https://a, not a url', 'must be * or origins such as https://app.example.com'],
    ['cors-origins', 'https://a/path', 'must be * or origins such as https://app.example.com'],
    ['content-bytes-max', '0', 'must be a whole number from 1'],
    ['content-bytes-max', '9999999999999999999', 'must be a whole number'],
  ])('of --%s is refused as the operator wrote it: %j', (flag, text, message) => {
    expect(refusalOf([`--${flag}=${text}`])).toContain(`--${flag} ${message}`);
    const variable = `ONCELOG_${flag.toUpperCase().replaceAll('-', '_')}`;
    if (text !== '') expect(refusalOf([], { [variable]: text })).toContain(`${variable} ${message}`);
  });

  it.each([
    ['--store=postgresql://user:s3cr/et@host/db'],
    ['--store=postgresql://user:s3cret@host:99999/db'],
    ['--store=postgres:user:s3cret@host'],
    ['--broker=redis://:s3cr#et@host'],
    ['--broker=http://user:s3cret@host'],
    ['redis://:s3cret@host'],
    ['--broker', 'redis://:s3cret@host', '--broker-evens-max', '5000'],
  ])('never shows a password: %s', (...args) => {
    expect(refusalOf(args)).not.toMatch(/s3cr|et@/);
  });

  it('of a variable that a flag overrules is not looked at', () => {
    expect(read(['--port', '1'], { ONCELOG_PORT: 'x' }).port).toBe(1);
  });
});

describe('what is unknown', () => {
  it.each([[['--prot', '1']], [['serve']], [['--port']], [['-p', '1']], [['--help=1']]])('is refused: %j', (args) => {
    expect(refusalOf(args)).toContain(args[0]!.replace(/=.*/, ''));
  });

  it('is refused as a variable of ours, never as one of others', () => {
    expect(refusalOf([], { ONCELOG_PROT: '1' })).toBe('ONCELOG_PROT is not a setting; see --help for those there are');
    expect(read([], { PORT: '1', ONCE_LOG: 'x', ONCELOG_TARGET: 'localhost:8080' }).port).toBe(8080);
  });
});

describe('other commands', () => {
  it.each([
    [['--help'], 'help'],
    [['-h'], 'help'],
    [['--version'], 'version'],
    [['--port', 'x', '--help'], 'help'],
  ])('%j asks for %s', (args, kind) => {
    expect(readCommand(args, { ONCELOG_NONSENSE: '1' }).kind).toBe(kind);
  });
});
