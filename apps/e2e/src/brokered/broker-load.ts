// How much a broker holds, as anybody can ask an aggregator in front of it.
import { setTimeout as delay } from 'node:timers/promises';
import { createOncelogClient, type GetStatsResponse } from '@oncelog/client';

const pollMs = 20;
/** Far beyond the five seconds after which the living take over what the dead have left. */
const settledWithinMs = 60_000;

export async function statsOf(target: string): Promise<GetStatsResponse> {
  const client = await createOncelogClient({ target });
  return client.getStats().finally(() => client.close());
}

/** Resolves when nothing waits and no worker holds anything; nothing may have been set aside. */
export async function untilSettled(target: string): Promise<void> {
  const { broker } = await pollStats(target, (stats) => stats.broker?.waitingEvents === 0n);
  const { deliveredEvents, deadEntries } = broker!;
  if (deliveredEvents !== 0n || deadEntries !== 0n) {
    throw new Error(`nothing waits, yet ${deliveredEvents} events are delivered and ${deadEntries} entries dead`);
  }
}

/** Resolves when something has been stored that was not when it was asked. */
export async function untilMoreIsStored(target: string): Promise<void> {
  const before = (await statsOf(target)).lastPosition;
  await pollStats(target, ({ lastPosition }) => lastPosition > before);
}

async function pollStats(target: string, enough: (stats: GetStatsResponse) => boolean): Promise<GetStatsResponse> {
  const client = await createOncelogClient({ target });
  const deadlineMs = performance.now() + settledWithinMs;
  try {
    for (;;) {
      const stats = await client.getStats();
      if (enough(stats)) return stats;
      if (performance.now() > deadlineMs) throw new Error(`not within ${settledWithinMs} ms: ${told(stats)}`);
      await delay(pollMs);
    }
  } finally {
    client.close();
  }
}

function told({ broker, lastPosition }: GetStatsResponse): string {
  const { waitingEvents, deliveredEvents, deadEntries } = broker ?? {};
  return `${waitingEvents} waiting, ${deliveredEvents} delivered, ${deadEntries} dead, ${lastPosition} stored`;
}
