// oncelog health: does the aggregator take events?
import { buildCommand } from '@stricli/core';
import { type CliContext, write } from '../cli-context.ts';
import { fewAttempts, targetOf, withClient } from '../connection.ts';
import { type GlobalFlags, globalFlags } from '../global-flags.ts';

const notReadyExitCode = 5;

export const healthCommand = buildCommand<GlobalFlags, [], CliContext>({
  docs: { brief: 'Ask whether the aggregator takes events: exit code 0 when it does' },
  parameters: { flags: globalFlags },
  func: async function (flags) {
    const { ready } = await withClient(this, flags, fewAttempts, (client) =>
      client.health({ signal: this.interrupted }),
    );
    const target = targetOf(this, flags);
    const text = flags.json ? JSON.stringify({ ready, target }) : `${target} is ${ready ? 'ready' : 'not ready'}`;
    await write(this.process.stdout, `${text}\n`);
    if (!ready) this.process.exitCode = notReadyExitCode;
  },
});
