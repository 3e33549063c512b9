// oncelog groups dead: the events that a group has given up.
import { buildCommand } from '@stricli/core';
import type { DeadLetter, OncelogClient } from '@oncelog/client';
import { type CliContext, write } from '../../cli-context.ts';
import { fewAttempts, withClient } from '../../connection.ts';
import { type GlobalFlags, globalFlags } from '../../global-flags.ts';
import { groupParameter, switchedOn } from '../../flag-kinds.ts';

/** Of a table, whose columns fit what is in it. */
const rowsAtATime = 100;

interface DeadFlags extends GlobalFlags {
  readonly delete: boolean;
}

export const deadLettersCommand = buildCommand<DeadFlags, [string], CliContext>({
  docs: {
    brief: 'List the events that a group has given up, or settle them for good',
    fullDescription: `They were delivered as often as the group allows and never acknowledged.
  oncelog groups dead billing
  oncelog groups dead billing --json > dead.ndjson
  oncelog groups dead billing --delete`,
  },
  parameters: {
    flags: { ...globalFlags, delete: switchedOn('Settle all of them: they never come again') },
    positional: { kind: 'tuple', parameters: [groupParameter] },
  },
  func: async function (flags, name) {
    await withClient(this, flags, fewAttempts, (client) =>
      flags.delete ? settle(this, flags, client, name) : list(this, flags, client, name),
    );
  },
});

async function settle(context: CliContext, { json }: DeadFlags, client: OncelogClient, name: string): Promise<void> {
  const deleted = await client.groups.deleteDeadLetters(name, [], { signal: context.interrupted });
  const text = `${deleted} dead letters are settled for good`;
  await write(context.process.stdout, `${json ? JSON.stringify({ deleted }) : text}\n`);
}

async function list(context: CliContext, { json }: DeadFlags, client: OncelogClient, name: string): Promise<void> {
  const { ContentView } = await import('@oncelog/client');
  const { deadLetterJson, deadLettersTable } = await import('../../group-text.ts');
  const { stdout } = context.process;
  let rows: DeadLetter[] = [];
  let withTitles = true;
  const print = async () => {
    await write(stdout, deadLettersTable(rows, stdout, context.env, withTitles));
    withTitles = false;
    rows = [];
  };
  const query = { pageSize: rowsAtATime, contentView: ContentView.DATA };
  for await (const letter of client.groups.deadLetters(name, query, { signal: context.interrupted })) {
    if (json) await write(stdout, `${deadLetterJson(letter)}\n`);
    else if (rows.push(letter) === rowsAtATime) await print();
    if (stdout.closed) return;
  }
  if (!json && (rows.length > 0 || withTitles)) await print();
}
