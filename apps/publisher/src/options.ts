// The options of the publisher: one table that parses, checks and explains them.
import { parseArgs } from 'node:util';
import { defaultTarget, parseTargets, type TransportName } from '@oncelog/client';

export const modes = ['stream', 'unary', 'rest'] as const;
export type Mode = (typeof modes)[number];

const transports = ['grpc-js', 'connect-grpc', 'connect'] as const satisfies TransportName[];

/** Bounds of the log itself: a larger batch or content would be refused there. */
const batchEventsMax = 1000;
const payloadBytesMax = 256 * 1024;
/** Event ids are "<run>-<number>", of at most 512 bytes; a source is of at most 255. */
const runLengthMax = 200;

export interface Options {
  readonly target: string;
  readonly mode: Mode;
  readonly transport: (typeof transports)[number];
  readonly count: number;
  readonly duplicates: number;
  readonly seed: number;
  readonly run: string | undefined;
  readonly topics: readonly string[];
  readonly payloadBytes: number;
  readonly rate: number;
  readonly batch: number;
  readonly concurrency: number;
  readonly waitMs: number;
  readonly giveUpMs: number;
  readonly verify: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** A wrong command line: says what is wrong with which option. */
export class UsageError extends Error {}

interface Row {
  readonly name: string;
  readonly short?: string;
  /** How the help names the value; a switch has none. */
  readonly value?: string;
  readonly fallback?: string;
  readonly help: string;
}

const rows = [
  {
    name: 'target',
    value: 'host:port,...',
    fallback: defaultTarget,
    help: 'the aggregator, or its replicas; also ONCELOG_TARGET',
  },
  { name: 'mode', value: modes.join('|'), fallback: 'stream', help: 'how events are sent' },
  {
    name: 'transport',
    value: transports.join('|'),
    fallback: 'grpc-js',
    help: 'which RPC client, except in mode rest',
  },
  { name: 'count', short: 'n', value: 'number', fallback: '5000', help: 'events to send, repeats included' },
  { name: 'duplicates', value: 'ratio', fallback: '0.25', help: 'how many of them repeat an earlier one' },
  { name: 'seed', value: 'number', fallback: '1', help: 'decides order, repeats, topics and contents' },
  { name: 'run', value: 'name', help: 'part of every event id; random, so that each run is new' },
  { name: 'topics', value: 'number|a,b,c', fallback: '4', help: 'how many topics, or which' },
  { name: 'payload-bytes', value: 'number', fallback: '150', help: 'content of each event, as JSON' },
  { name: 'rate', value: 'number', fallback: '0', help: 'events a second at most; 0: as fast as it goes' },
  { name: 'batch', value: 'number', fallback: '500', help: 'events in one request or message of a session' },
  { name: 'concurrency', value: 'number', fallback: '2', help: 'sessions or requests at a time' },
  { name: 'wait-ms', value: 'number', fallback: '10000', help: 'how long to wait until the aggregator is ready' },
  {
    name: 'give-up-ms',
    value: 'number',
    fallback: '60000',
    help: "how long to go on without success, a broker's included",
  },
  { name: 'no-verify', help: 'do not read everything back at the end' },
  { name: 'json', help: 'the report as one JSON object, the last line on stdout' },
  { name: 'quiet', short: 'q', help: 'no progress on stderr' },
  { name: 'help', short: 'h', help: 'print this and exit' },
] as const satisfies readonly Row[];

type Name = (typeof rows)[number]['name'];
type Values = Readonly<Partial<Record<Name, string | boolean>>>;

/** Undefined when the help is asked for. */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options | undefined {
  const values = valuesOf(args);
  if (values.help) return undefined;
  const text = (name: Name) => values[name]?.toString() ?? fallbackOf(name);
  const whole = (name: Name, min: number, max = Number.MAX_SAFE_INTEGER) => numberIn(name, text(name), min, max, true);
  const target = values.target?.toString() ?? (env['ONCELOG_TARGET'] || defaultTarget);
  parseTargets(target);
  return {
    target,
    mode: choiceOf('mode', text('mode'), modes),
    transport: choiceOf('transport', text('transport'), transports),
    count: whole('count', 1, 1_000_000_000),
    duplicates: numberIn('duplicates', text('duplicates'), 0, 1),
    seed: whole('seed', 0, 0xffff_ffff),
    run: values.run === undefined ? undefined : runOf(values.run.toString()),
    topics: topicsOf(text('topics')),
    payloadBytes: whole('payload-bytes', 0, payloadBytesMax),
    rate: numberIn('rate', text('rate'), 0, 10_000_000),
    batch: whole('batch', 1, batchEventsMax),
    concurrency: whole('concurrency', 1, 64),
    waitMs: whole('wait-ms', 0),
    giveUpMs: whole('give-up-ms', 0),
    verify: !values['no-verify'],
    json: Boolean(values.json),
    quiet: Boolean(values.quiet),
  };
}

export function helpText(): string {
  const lines = rows.map((row: Row) => {
    const left = `${row.short ? `-${row.short}, ` : '    '}--${row.name}${row.value ? ` <${row.value}>` : ''}`;
    const fallback = row.fallback === undefined ? '' : ` (${row.fallback})`;
    return `  ${left}\n          ${row.help}${fallback}`;
  });
  return `Publishes a seeded load with exact repeats, retries under the same ids, and
checks that every event is stored exactly once.

Usage: npm run publisher -- [options]

${lines.join('\n')}

Exit codes: 0 verified · 1 not stored exactly once, or internal · 2 usage ·
4 refused · 5 unreachable, try again later · 130 interrupted
`;
}

function valuesOf(args: readonly string[]): Values {
  const options = Object.fromEntries(
    rows.map((row: Row) => [
      row.name,
      { type: row.value ? ('string' as const) : ('boolean' as const), ...(row.short && { short: row.short }) },
    ]),
  );
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values as Values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split('. ')[0]! : String(error));
  }
}

function fallbackOf(name: Name): string {
  const row: Row | undefined = rows.find((candidate) => candidate.name === name);
  return row?.fallback ?? '';
}

function numberIn(name: Name, text: string, min: number, max: number, whole = false): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (number >= min && number <= max && (!whole || Number.isInteger(number))) return number;
  const kind = whole ? 'a whole number' : 'a number';
  throw new UsageError(`--${name} must be ${kind} from ${min} to ${max}, is "${text}"`);
}

function choiceOf<T extends string>(name: Name, text: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw new UsageError(`--${name} must be ${choices.join(', ')}; is "${text}"`);
  return choice;
}

function runOf(text: string): string {
  if (new RegExp(`^[\\w.-]{1,${runLengthMax}}$`).test(text)) return text;
  throw new UsageError(`--run must be 1 to ${runLengthMax} letters, digits, ".", "_" or "-"; is "${text}"`);
}

function topicsOf(text: string): string[] {
  if (/^\d+$/.test(text)) {
    return Array.from({ length: numberIn('topics', text, 1, 1000, true) }, (_, index) => `topic-${index + 1}`);
  }
  const names = text.split(',');
  if (names.every((name) => name !== '')) return names;
  throw new UsageError(`--topics must be a number or names with commas between, is "${text}"`);
}
