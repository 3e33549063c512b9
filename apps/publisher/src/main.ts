// The publisher's command line.
import { randomBytes } from 'node:crypto';
import { enableCompileCache } from 'node:module';
import type { Options } from './options.ts';

// Before anything else is loaded, so that all of it is cached.
enableCompileCache?.();

const { OncelogClientError } = await import('@oncelog/client');
const { helpText, parseOptions, UsageError } = await import('./options.ts');
const { createProgressDisplay } = await import('./progress-display.ts');
const { runPublisher } = await import('./publisher-run.ts');
const { exitCodeOf, explanation, jsonReport, textReport } = await import('./report.ts');

const outputExitCode = 1;
const usageExitCode = 2;
const interruptedExitCode = 130;

// A reader that has seen enough, such as head, must not end the run; its progress nobody has to see.
let unwritten: NodeJS.ErrnoException | undefined;
process.stdout.on('error', (error: NodeJS.ErrnoException) => void (unwritten ??= error));
process.stderr.on('error', () => {});

process.exitCode = await main();
await new Promise<void>((resolve) => void process.stdout.write('', () => resolve()));
if (unwritten && unwritten.code !== 'EPIPE') {
  process.stderr.write(`cannot write to standard output: ${unwritten.message}\n`);
  process.exitCode ||= outputExitCode;
}

async function main(): Promise<number> {
  let options: Options | undefined;
  try {
    options = parseOptions(process.argv.slice(2), process.env);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof OncelogClientError)) throw error;
    process.stderr.write(`${error.message}\nsee: npm run publisher -- --help\n`);
    return usageExitCode;
  }
  if (!options) {
    process.stdout.write(helpText());
    return 0;
  }
  const { json, quiet } = options;
  const result = await runPublisher({
    options,
    run: options.run ?? randomBytes(6).toString('hex'),
    signal: interruption(),
    createDisplay: (total) => createProgressDisplay(process.stderr, total, quiet),
  });
  if (result.failure) process.stderr.write(`${explanation(result.failure, options.target)}\n`);
  if (!quiet || !json) (json ? process.stderr : process.stdout).write(textReport(result));
  if (json) process.stdout.write(`${jsonReport(result)}\n`);
  return exitCodeOf(result);
}

/** The first signal stops the run in order, a second one at once. */
function interruption(): AbortSignal {
  const stopping = new AbortController();
  const stop = () => {
    if (stopping.signal.aborted) process.exit(interruptedExitCode);
    stopping.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return stopping.signal;
}
