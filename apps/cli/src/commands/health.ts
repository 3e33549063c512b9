// oncelog health: does the aggregator take events? Of several replicas, which of them?
import { buildCommand } from '@stricli/core';
import { type CliContext, write } from '../cli-context.ts';
import { fewAttempts, targetOf, withClient } from '../connection.ts';
import { failureText } from '../failure-text.ts';
import { type GlobalFlags, globalFlags } from '../global-flags.ts';
import { UsageError } from '../usage-error.ts';

const notReadyExitCode = 5;

interface Answer {
  readonly ready: boolean;
  readonly target: string;
  /** Of one that gave none. */
  readonly error?: string;
}

export const healthCommand = buildCommand<GlobalFlags, [], CliContext>({
  docs: { brief: 'Ask whether the aggregator takes events, and each replica: exit code 0 when one does' },
  parameters: { flags: globalFlags },
  func: async function (flags) {
    const ask = async (target: string): Promise<Answer> => {
      const { ready } = await withClient(this, { ...flags, target }, fewAttempts, (client) =>
        client.health({ signal: this.interrupted }),
      );
      return { ready, target };
    };
    const targets = targetOf(this, flags)
      .split(',')
      .map((target) => target.trim());
    const [target = ''] = targets;
    const answers = targets.length === 1 ? [await ask(target)] : await Promise.all(targets.map(orFailure(ask)));
    const lines = answers.map((answer) => (flags.json ? JSON.stringify(answer) : textOf(answer)));
    await write(this.process.stdout, lines.map((line) => `${line}\n`).join(''));
    if (!answers.some(({ ready }) => ready)) this.process.exitCode = notReadyExitCode;
  },
});

/** One that is away says nothing of the others. */
function orFailure(ask: (target: string) => Promise<Answer>): (target: string) => Promise<Answer> {
  return async (target) => {
    try {
      return await ask(target);
    } catch (failure) {
      if (failure instanceof UsageError) throw failure;
      return { ready: false, target, error: failureText(failure).split('\n')[0]! };
    }
  };
}

function textOf({ ready, target, error }: Answer): string {
  return `${target} is ${ready ? 'ready' : 'not ready'}${error === undefined ? '' : `: ${error}`}`;
}
