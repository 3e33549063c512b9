// `npm run bench`: options in, tables, JSON and a chart out.
import { helpText, type Options, readOptions, UsageError } from './options.ts';
import { renderReport } from './report/terminal.ts';
import { writeReport } from './report/write-report.ts';
import { withLifetime } from './run/lifetime.ts';
import { runBenchmark } from './run/run-benchmark.ts';

/** The operating system's code for wrong usage: sysexits.h. */
const exitUsage = 64;

const args = process.argv.slice(2);
try {
  const options = readOptions(args);
  if (options === undefined) process.stdout.write(helpText());
  else await run(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = exitUsage;
}

async function run(options: Options): Promise<void> {
  const { run: length, events } = options;
  const seconds = () => Math.round(performance.now() / 1000);
  const report = await withLifetime((lifetime) =>
    runBenchmark({
      ...options,
      command: ['npm run bench --', ...args].join(' '),
      eventsOf: ({ quick, whole }) => events ?? (length === 'quick' ? quick : whole),
      traces: true,
      lifetime,
      note: (text) => process.stderr.write(`bench: ${seconds()} s, ${text}\n`),
    }),
  );
  const files = writeReport(report, options.out);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${renderReport(report)}\n`);
  for (const file of files) process.stderr.write(`bench: wrote ${file}\n`);
}
