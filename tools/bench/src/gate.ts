// `npm run bench:gate`: fails when the aggregator has fallen behind what it once reached, beside the same limit.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { baselineOf, type Baseline, disturbance, judgeGate, type GateVerdict } from './gate/judge-gate.ts';
import type { Findings } from './report/report.ts';
import { type Column, formatNumber, missing, renderTable } from './report/table.ts';
import { withLifetime } from './run/lifetime.ts';
import { runBenchmark } from './run/run-benchmark.ts';
import { scenarios } from './scenarios/scenarios.ts';

const defaultBaseline = fileURLToPath(new URL('../gate-baseline.json', import.meta.url));
const gated = ['stream-500', 'stream-500-ordered', 'stream-single', 'unary-64', 'rest-1000'];
const gatePeers = ['oncelog', 'sqlite-one-row', 'sqlite-many-rows', 'bare-grpc'] as const;

/** An odd number, so that the median is a round that was measured; five cost about a minute and a half. */
const rounds = 5;
const budgetMs = 5 * 60_000;
const seed = 20_260_102;

/** The operating system's code for a failure that may pass: sysexits.h. */
const exitTryAgain = 75;

const help = `Fails when a ratio of the aggregator to the limit of the same run is worse than gate-baseline.json allows.

  npm run bench:gate -- [options]

  --report FILE   judge this report of \`npm run bench\` instead of measuring
  --accept        write the ratios down as the new baseline
  --baseline FILE instead of gate-baseline.json
`;

const columns: readonly Column<GateVerdict>[] = [
  { title: 'ratio', align: 'left', text: ({ name }) => name },
  { title: 'baseline', align: 'right', text: ({ baseline }) => formatNumber(baseline) },
  { title: 'allowed', align: 'right', text: ({ allowed }) => formatNumber(allowed) },
  { title: 'now', align: 'right', text: ({ value }) => (value === undefined ? missing : formatNumber(value)) },
  { title: '', align: 'left', text: ({ verdict }) => verdict },
];

const { values } = parseArgs({
  options: {
    report: { type: 'string' },
    accept: { type: 'boolean', default: false },
    baseline: { type: 'string', default: defaultBaseline },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) process.stdout.write(help);
else {
  const findings = values.report === undefined ? await measure() : readJson<Findings>(values.report);
  if (values.accept) accept(findings);
  else judge(findings);
}

function accept(findings: Findings): void {
  const disturbed = disturbance(findings);
  if (disturbed !== undefined) process.stderr.write(`gate: a poor baseline, ${disturbed}\n`);
  writeFileSync(values.baseline, `${JSON.stringify(baselineOf(findings), undefined, 2)}\n`);
  process.stdout.write('gate: the ratios of this run are the baseline now\n');
}

function judge(findings: Findings): void {
  const verdicts = judgeGate(findings, readJson<Baseline>(values.baseline));
  process.stdout.write(`${renderTable(columns, verdicts).join('\n')}\n`);
  const failed = verdicts.filter(({ verdict }) => verdict !== 'held');
  if (failed.length === 0) return;
  const disturbed = disturbance(findings);
  if (disturbed !== undefined) {
    process.stderr.write(`gate: no verdict, ${disturbed}; measure again when it is quiet\n`);
    process.exitCode = exitTryAgain;
    return;
  }
  process.stderr.write(`gate: ${failed.length} of ${verdicts.length} ratios did not hold\n`);
  process.exitCode = 1;
}

function measure(): Promise<Findings> {
  return withLifetime((lifetime) =>
    runBenchmark({
      command: 'npm run bench:gate',
      scenarios: scenarios.filter(({ name }) => gated.includes(name)),
      peers: gatePeers,
      seed,
      rounds,
      eventsOf: ({ quick }) => quick,
      budgetMs,
      traces: false,
      lifetime,
      note: (text) => process.stderr.write(`gate: ${text}\n`),
    }),
  );
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
