// The process behind the command: streams, signals, exit code.
import { enableCompileCache } from 'node:module';
import type { CliContext } from './cli-context.ts';

// Before anything else is loaded, so that all of it is cached.
enableCompileCache?.();

const { proposeCompletions, run } = await import('@stricli/core');
const { application, exitCodeOf } = await import('./application.ts');
const { completionRequest } = await import('./commands/completion.ts');
const { moveGlobalFlagsBehindCommand } = await import('./global-flags.ts');

const interruptedExitCode = 130;

// A reader that has seen enough, such as head, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const { stdout, stderr, env, stdin } = process;
const context: CliContext = { process: { stdout, stderr, env }, env, stdin, interrupted: interruption() };
const args = process.argv.slice(2);

if (args[0] === completionRequest) {
  const completions = await proposeCompletions(application, args.slice(1), context);
  process.stdout.write(completions.map(({ completion }) => `${completion}\n`).join(''));
} else {
  await run(application, moveGlobalFlagsBehindCommand(args), context);
  process.exitCode = exitCodeOf(context.process.exitCode);
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
