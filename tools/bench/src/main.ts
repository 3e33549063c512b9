// `npm run bench`: options in, tables, JSON and a chart out.
import { helpText, type Options, readOptions, UsageError } from './options.ts';
import { renderReport } from './report/terminal.ts';
import { writeReport } from './report/write-report.ts';
import { endWithProcess, Lifetime } from './run/lifetime.ts';
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
  const lifetime = new Lifetime();
  const release = endWithProcess(lifetime);
  try {
    const { run: length, events } = options;
    const report = await runBenchmark({
      ...options,
      command: ['npm run bench --', ...args].join(' '),
      eventsOf: ({ quick, whole }) => events ?? (length === 'quick' ? quick : whole),
      traces: true,
      lifetime,
      note: (text) => process.stderr.write(`bench: ${text}\n`),
    });
    const files = writeReport(report, options.out);
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${renderReport(report)}\n`);
    for (const file of files) process.stderr.write(`bench: wrote ${file}\n`);
  } finally {
    await lifetime.end();
    release();
  }
}
