// The flags that every command has.
import type { FlagParametersForType } from '@stricli/core';
import type { CliContext } from './cli-context.ts';
import { UsageError } from './usage-error.ts';

export interface GlobalFlags {
  readonly target?: string | undefined;
  readonly json: boolean;
  readonly timeout: number;
}

const timeoutSecondsMax = 86_400;

const commandsOfTwoWords: ReadonlySet<string> = new Set(['groups']);

export const globalFlags: FlagParametersForType<GlobalFlags, CliContext> = {
  target: {
    kind: 'parsed',
    parse: String,
    optional: true,
    placeholder: 'host:port,...',
    brief: 'The aggregator, or its replicas with commas between; else ONCELOG_TARGET, else 127.0.0.1:8080',
  },
  json: {
    kind: 'boolean',
    default: false,
    withNegated: false,
    brief: 'For programs: JSON, one object a line; failures on stderr',
  },
  timeout: {
    kind: 'parsed',
    parse: numberBetween(0.001, timeoutSecondsMax),
    default: '10',
    placeholder: 'seconds',
    brief: 'For each call, and for all its retries',
  },
};

export function numberBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (number >= min && number <= max) return number;
    throw new UsageError(`must be a number from ${min} to ${max}`);
  };
}

export function wholeNumberBetween(min: number, max: number): (text: string) => number {
  const parse = numberBetween(min, max);
  return (text) => {
    const number = parse(text);
    if (Number.isInteger(number)) return number;
    throw new UsageError(`must be a whole number from ${min} to ${max}`);
  };
}

/** Before the command line is parsed: its mistakes are told in JSON, too. */
export function isForPrograms(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).includes('--json');
}

/** "oncelog --json stats" means "oncelog stats --json", and "oncelog help stats" means "oncelog stats --help". */
export function wellOrdered(args: readonly string[]): string[] {
  let end = 0;
  while (end < args.length) {
    const arg = args[end]!;
    if (arg === '--json' || /^--(?:target|timeout)=/.test(arg)) end += 1;
    else if (arg === '--target' || arg === '--timeout') end += 2;
    else break;
  }
  const [command, ...rest] = args.slice(end);
  if (command === 'help') return [...rest, '--help'];
  if (command === undefined) return [...args];
  const words = commandsOfTwoWords.has(command) ? 2 : 1;
  const named = args.slice(end, end + words);
  return [...named, ...args.slice(0, end), ...args.slice(end + words)];
}
