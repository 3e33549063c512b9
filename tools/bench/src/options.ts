// The command line of `npm run bench`.
import { parseArgs } from 'node:util';
import { loadEventsMax } from './load/load.ts';
import { type PeerName, peerNames } from './peers/peer.ts';
import { type Runs, type Scenario } from './scenarios/scenario.ts';
import { scenarios, scenariosOf } from './scenarios/scenarios.ts';

export interface Options {
  readonly run: Runs;
  readonly scenarios: readonly Scenario[];
  readonly peers: readonly PeerName[];
  readonly seed: number;
  readonly rounds: number;
  /** Of each round, whatever the scenario says. */
  readonly events: number | undefined;
  readonly json: boolean;
  readonly out: string;
  readonly budgetMs: number;
}

/** Said to whoever typed it, without a stack. */
export class UsageError extends Error {}

const defaultSeed = 20_260_101;
const defaultOut = 'docs/benchmarks';

/** No round begins after this; the one that runs then, and the counting of flushes, fit into what is left. */
const budgets: { readonly [Each in Runs]: number } = { quick: 150_000, whole: 45 * 60_000, full: 3 * 60 * 60_000 };
const rounds: { readonly [Each in Runs]: number } = { quick: 3, whole: 5, full: 5 };

const flags = {
  quick: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
  scenarios: { type: 'string' },
  peers: { type: 'string' },
  rounds: { type: 'string' },
  events: { type: 'string' },
  seed: { type: 'string' },
  json: { type: 'boolean', default: false },
  out: { type: 'string', default: defaultOut },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Undefined when only help is wanted. */
export function readOptions(args: readonly string[]): Options | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  if (values.quick && values.full) throw new UsageError('--quick and --full exclude each other');
  const run = values.quick ? 'quick' : values.full ? 'full' : 'whole';
  const byName = new Map(scenarios.map((scenario) => [scenario.name, scenario]));
  const chosen = listOf('--scenarios', values.scenarios, [...byName.keys()]);
  return {
    run,
    scenarios: chosen?.map((name) => byName.get(name)!) ?? scenariosOf(run),
    peers: listOf('--peers', values.peers, peerNames) ?? peerNames,
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 32 - 1) ?? defaultSeed,
    rounds: wholeNumber('--rounds', values.rounds, 1, 100) ?? rounds[run],
    events: wholeNumber('--events', values.events, 1, loadEventsMax),
    json: values.json,
    out: values.out,
    budgetMs: budgets[run],
  };
}

export function helpText(): string {
  const list = (names: readonly string[]) => names.map((name) => `  ${name}\n`).join('');
  const named = scenarios.map(
    ({ name, title, runs }) => `${name.padEnd(24)}${title}${runs === 'quick' ? ', quick' : ''}`,
  );
  return `Measures durable ingest beside the limit of the disk, and beside other systems, in one run.

  npm run bench -- [options]

  --quick            three minutes: the scenarios that the targets are about, fewer events
  --full             with 10 M events stored, too; hours
  --scenarios a,b    only these
  --peers a,b        only these
  --rounds N         measured rounds of each scenario (3 with --quick, else 5)
  --events N         events in each round, whatever the scenario says
  --seed N           of ids, contents and repeats (${defaultSeed})
  --json             the report as one line of JSON instead of tables
  --out DIR          where the JSON and the chart go (${defaultOut})

Scenarios
${list(named)}
Peers
${list(peerNames)}`;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function listOf<Name extends string>(
  flag: string,
  text: string | undefined,
  known: readonly Name[],
): readonly Name[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(known as readonly string[]).includes(name));
  if (unknown !== undefined) throw new UsageError(`${flag}: there is no "${unknown}"; see --help for those there are`);
  return known.filter((name) => names.includes(name));
}

function wholeNumber(flag: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,12}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${flag} must be a whole number from ${min} to ${max}, is "${text}"`);
}
