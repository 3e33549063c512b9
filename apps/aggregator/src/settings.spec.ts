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
  ['corsOrigins', 'cors-origins', 'ONCELOG_CORS_ORIGINS', 'https://a, https://b,', ['https://a', 'https://b']],
  ['logLevel', 'log-level', 'ONCELOG_LOG_LEVEL', 'silent', 'silent'],
  ['drainTimeoutMs', 'drain-timeout-ms', 'ONCELOG_DRAIN_TIMEOUT_MS', '1', 1],
  ['queueBytesMax', 'queue-bytes-max', 'ONCELOG_QUEUE_BYTES_MAX', '1024', 1024],
  ['requestBytesMax', 'request-bytes-max', 'ONCELOG_REQUEST_BYTES_MAX', '1048576', 1_048_576],
  ['contentBytesMax', 'content-bytes-max', 'ONCELOG_CONTENT_BYTES_MAX', '1', 1],
];

describe('settings', () => {
  it('have defaults that run on a laptop, for nobody else', () => {
    expect(read()).toEqual({
      port: 8080,
      host: '127.0.0.1',
      dataDir: './data',
      store: 'sqlite',
      durability: 'disk',
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

  it('are all in the table below', () => {
    expect(rows.map(([setting]) => setting)).toEqual(Object.keys(read()));
  });

  it.each(rows)(
    '%s comes from its flag, from its variable, and the flag wins',
    (setting, flag, variable, text, value) => {
      expect(read([`--${flag}`, text])[setting]).toEqual(value);
      expect(read([`--${flag}=${text}`])[setting]).toEqual(value);
      expect(read([], { [variable]: text })[setting]).toEqual(value);
      expect(read([`--${flag}`, text], { [variable]: 'nonsense' })[setting]).toEqual(value);
      expect(read([], { [variable]: '' })[setting]).toEqual(read()[setting]);
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
    ['store', 'postgres', 'must be one of sqlite, memory, is "postgres"'],
    ['store', 'SQLITE', 'must be one of'],
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
