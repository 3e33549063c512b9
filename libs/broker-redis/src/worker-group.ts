// The group in which the workers share the queue.
import type { OncelogError } from '@oncelog/core';
import type { BrokerKeys } from './broker-address.ts';
import type { RedisConnection } from './redis-connection.ts';

/**
 * From the beginning: whatever was accepted before there was a worker is the group's. A Redis that is out of memory
 * makes nothing, not even what is there already, so that it is asked first.
 */
export async function ensureWorkerGroup(connection: RedisConnection, { queue, group }: BrokerKeys): Promise<void> {
  const isThere = await connection.send(['XINFO', 'CONSUMERS', queue, group]).then(
    () => true,
    (error: OncelogError) => {
      if (isCausedBy(error, 'NOGROUP') || isCausedBy(error, 'no such key')) return false;
      throw error;
    },
  );
  if (isThere) return;
  await connection.send(['XGROUP', 'CREATE', queue, group, '0', 'MKSTREAM']).catch((error: OncelogError) => {
    // Somebody else was faster.
    if (!isCausedBy(error, 'BUSYGROUP')) throw error;
  });
}

export function isCausedBy({ cause }: OncelogError, reply: string): boolean {
  return cause instanceof Error && cause.message.includes(reply);
}
