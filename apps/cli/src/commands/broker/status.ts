// oncelog broker status: how much waits.
import { buildCommand } from '@stricli/core';
import { type CliContext, write } from '../../cli-context.ts';
import { fewAttempts, withClient } from '../../connection.ts';
import { type GlobalFlags, globalFlags } from '../../global-flags.ts';
import { printable } from '../../printable-lines.ts';

export const brokerStatusCommand = buildCommand<GlobalFlags, [], CliContext>({
  docs: { brief: 'Show how many events wait, and how many entries are dead' },
  parameters: { flags: globalFlags },
  func: async function (flags) {
    const { broker } = await withClient(this, flags, fewAttempts, (client) =>
      client.getStats({ signal: this.interrupted }),
    );
    if (!broker) {
      const { OncelogClientError } = await import('@oncelog/client');
      const message = 'this log has no broker: what is published is stored before it is answered';
      throw new OncelogClientError('NOT_FOUND', message, { outcome: 'none' });
    }
    const { brokerJson, brokerText } = await import('../../broker-text.ts');
    const text = flags.json ? JSON.stringify(brokerJson(broker)) : brokerText(broker);
    await write(this.process.stdout, `${printable(text)}\n`);
  },
});
