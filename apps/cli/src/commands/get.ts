// oncelog get: one event by its name.
import { buildCommand } from '@stricli/core';
import { type CliContext, write } from '../cli-context.ts';
import { fewAttempts, withClient } from '../connection.ts';
import { type GlobalFlags, globalFlags } from '../global-flags.ts';
import { printable } from '../printable-lines.ts';

export const getCommand = buildCommand<GlobalFlags, [string, string], CliContext>({
  docs: { brief: 'Show one event by its topic and its id' },
  parameters: {
    flags: globalFlags,
    positional: {
      kind: 'tuple',
      parameters: [
        { placeholder: 'topic', brief: 'The topic, exactly', parse: String },
        { placeholder: 'event-id', brief: 'The id, exactly', parse: String },
      ],
    },
  },
  func: async function (flags, topic, eventId) {
    const { ContentView, OncelogClientError, storedEventToJson } = await import('@oncelog/client');
    const { eventDetails } = await import('../event-details.ts');
    const stored = await withClient(this, flags, fewAttempts, (client) =>
      client.getEvent({ topic, eventId, contentView: ContentView.DATA }, { signal: this.interrupted }),
    );
    if (!stored) {
      const message = `topic "${topic}" has no event "${eventId}"; see what it has: oncelog events --topic ${topic}`;
      throw new OncelogClientError('NOT_FOUND', message, { outcome: 'none' });
    }
    await write(this.process.stdout, flags.json ? `${printable(storedEventToJson(stored))}\n` : eventDetails(stored));
  },
});
