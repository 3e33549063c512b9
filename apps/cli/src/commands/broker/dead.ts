// oncelog broker dead: what the broker has set aside.
import { buildCommand } from '@stricli/core';
import type { DeadEntry } from '@oncelog/client';
import { type CliContext, write } from '../../cli-context.ts';
import { fewAttempts, withClient } from '../../connection.ts';
import { type GlobalFlags, globalFlags } from '../../global-flags.ts';

/** Of a table, whose columns fit what is in it. */
const rowsAtATime = 20;

export const deadEntriesCommand = buildCommand<GlobalFlags, [], CliContext>({
  docs: {
    brief: 'List what could not be stored, and why',
    fullDescription: `The oldest first. With --json each entry is one line, with all its events.
  oncelog broker dead
  oncelog broker dead --json > dead.ndjson`,
  },
  parameters: { flags: globalFlags },
  func: async function (flags) {
    const { deadEntriesTable, deadEntryJson } = await import('../../broker-text.ts');
    const { stdout } = this.process;
    let rows: DeadEntry[] = [];
    let withTitles = true;
    const print = async () => {
      await write(stdout, deadEntriesTable(rows, stdout, this.env, withTitles));
      withTitles = false;
      rows = [];
    };
    await withClient(this, flags, fewAttempts, async (client) => {
      for await (const entry of client.listDeadEntries({ signal: this.interrupted })) {
        if (flags.json) await write(stdout, `${deadEntryJson(entry)}\n`);
        else if (rows.push(entry) === rowsAtATime) await print();
        if (stdout.closed) return;
      }
      if (!flags.json && (rows.length > 0 || withTitles)) await print();
    });
  },
});
