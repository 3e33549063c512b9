// The two ways in which the command handles deliveries: writing them out, and running a command for each.
import { type Delivery, logEntryToJson, type OncelogClient, rejectDelayMs } from '@oncelog/client';
import type { CliContext } from './cli-context.ts';
import type { ConnectionNotices } from './connection-notices.ts';
import type { Handle, Settled } from './consume-group.ts';
import { entryLines } from './entry-lines.ts';
import { runForEvent } from './event-command.ts';
import { withFields } from './group-text.ts';
import { LineOutput } from './line-output.ts';
import type { Say } from './notices.ts';
import { printable } from './printable-lines.ts';

export interface Settling {
  readonly client: OncelogClient;
  readonly group: string;
  readonly connection: ConnectionNotices;
}

/** Acknowledged when the system has taken the lines; given back when nobody takes them any more. */
export function writing({ process: { stdout } }: CliContext, settling: Settling, json: boolean): Handle {
  const { client, group, connection } = settling;
  const output = new LineOutput(stdout);
  const plainLine = entryLines(stdout, json);
  const lineOf = ({ entry, attempt }: Delivery) =>
    json ? printable(withFields(logEntryToJson(entry), JSON.stringify({ attempt }))) : plainLine(entry);
  return async (deliveries, settled) => {
    for (const delivery of deliveries) await output.add(lineOf(delivery));
    await output.flush();
    const ids = deliveries.map(({ id }) => id);
    if (!(await stdout.written())) {
      await client.reject(group, ids, { reason: 'the output was closed before it was written' });
      return false;
    }
    const results = await client.acknowledge(group, ids, { onRetry: connection.lost });
    settled.acknowledged += results.filter((result) => result !== 'lease-lost').length;
    return true;
  };
}

export interface Executing extends Settling {
  readonly command: string;
  readonly leaseMs: number;
  readonly say: Say;
}

/** Acknowledged when the command exits with 0; else it comes again, later each time. */
export function executing(context: CliContext, options: Executing): Handle {
  const { client, group, connection, command, leaseMs, say } = options;
  const onRetry = connection.lost;
  const handle = async (delivery: Delivery, settled: Settled) => {
    const { id, entry, attempt } = delivery;
    const keeping = setInterval(() => void delivery.extendLease().catch(() => {}), leaseMs / 3);
    try {
      const { succeeded, text } = await runForEvent(context, command, delivery);
      if (succeeded) {
        await client.acknowledge(group, [id], { onRetry });
        settled.acknowledged += 1;
        return;
      }
      const delayMs = rejectDelayMs(attempt);
      await client.reject(group, [id], { delayMs, reason: text, onRetry });
      settled.rejected += 1;
      const name = `${entry.topic}/${entry.eventId}`;
      await say(
        `${name}: ${text} in attempt ${attempt}; unless it was the last, it comes again in ${delayMs / 1000} s`,
      );
    } finally {
      clearInterval(keeping);
    }
  };
  return async (deliveries, settled) => {
    for (const delivery of deliveries) await handle(delivery, settled);
    return true;
  };
}
