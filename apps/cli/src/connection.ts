// A client for the length of one command.
import type { OncelogClient, RetryPolicy } from '@oncelog/client';
import type { CliContext } from './cli-context.ts';
import type { GlobalFlags } from './global-flags.ts';
import { UsageError } from './usage-error.ts';

/** The client's own, said again: a usage error must not wait for the client to load. */
const defaultTarget = '127.0.0.1:8080';

/** A question can be asked again: better to say at once that nobody answers. */
export const fewAttempts: Partial<RetryPolicy> = { attemptsMax: 3 };

export function targetOf(context: CliContext, { target }: GlobalFlags): string {
  return target ?? (context.env['ONCELOG_TARGET'] || defaultTarget);
}

export async function withClient<T>(
  context: CliContext,
  flags: GlobalFlags,
  retry: Partial<RetryPolicy>,
  use: (client: OncelogClient) => Promise<T>,
): Promise<T> {
  const { createOncelogClient, parseTargets } = await import('@oncelog/client');
  const timeoutMs = flags.timeout * 1000;
  const target = targetOf(context, flags);
  try {
    parseTargets(target);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const client = await createOncelogClient({
    target,
    callTimeoutMs: timeoutMs,
    retry: { totalMs: timeoutMs, ...retry },
  });
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
