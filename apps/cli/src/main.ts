// The process behind the command: streams, signals, exit code.
import { fstatSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import type { CliContext } from './cli-context.ts';

// Before anything else is loaded, so that all of it is cached.
enableCompileCache?.();

const { proposeCompletions, run } = await import('@stricli/core');
const { createApplication, exitCodeOf } = await import('./application.ts');
const { completionRequest } = await import('./commands/completion.ts');
const { exitCodeOfFailure, failureJson, failureText } = await import('./failure-text.ts');
const { isForPrograms, wellOrdered } = await import('./global-flags.ts');
const { ProcessOutput } = await import('./process-output.ts');

const interruptedExitCode = 130;

const { env, stdin } = process;
const stdout = new ProcessOutput(process.stdout);
const stderr = new ProcessOutput(process.stderr);
const context: CliContext = {
  process: { stdout, stderr, env },
  env,
  stdin,
  stdinMayHoldContent: stdinMayHoldContent(),
  interrupted: interruption(),
};
const args = process.argv.slice(2);
const json = isForPrograms(args);
const application = createApplication(json);

if (args[0] === completionRequest) {
  const completions = await proposeCompletions(application, args.slice(1), context);
  stdout.write(completions.map(({ completion }) => `${completion}\n`).join(''));
} else {
  await run(application, wellOrdered(args), context);
}
const unwritten = await stdout.finish();
if (unwritten) stderr.write(`${json ? failureJson(unwritten) : failureText(unwritten)}\n`);
process.exitCode = exitCodeOf(context.process.exitCode) || (unwritten ? exitCodeOfFailure(unwritten) : 0);

/** Terminals, /dev/null and the sockets that parent processes leave open would be waited for in vain. */
function stdinMayHoldContent(): boolean {
  try {
    // As bigints: the plain form, of a pipe, leaves something behind in Node that makes it load packages of the
    // workspace by the path of their links afterwards, where TypeScript is not run.
    const stats = fstatSync(0, { bigint: true });
    return stats.isFIFO() || stats.isFile();
  } catch {
    return false;
  }
}

/** The first Ctrl-C ends the command in order, a second one at once. */
function interruption(): AbortSignal {
  const interrupting = new AbortController();
  const interrupt = () => {
    if (interrupting.signal.aborted) process.exit(interruptedExitCode);
    interrupting.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return interrupting.signal;
}
