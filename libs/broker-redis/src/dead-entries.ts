// What was set aside: listed in the order in which that happened, and put back.
import type { DeadEntry } from '@oncelog/core';
import type { BrokerKeys } from './broker-address.ts';
import { decodeEntry } from './entry-codec.ts';
import { assertTaken, type QueueBounds } from './entry-group.ts';
import type { RedisConnection } from './redis-connection.ts';
import { replay } from './scripts.ts';

const streamId = /^(\d{1,20})-(\d{1,20})$/;
const idPartMax = 2n ** 64n - 1n;

type DeadRow = [id: Buffer, fields: Buffer[]];

export async function listDeadEntries(
  connection: RedisConnection,
  { dead }: BrokerKeys,
  { after, max }: { readonly after: string; readonly max: number },
): Promise<readonly DeadEntry[]> {
  if (after !== '' && !isStreamId(after)) return [];
  const from = after === '' ? '-' : `(${after}`;
  const rows = (await connection.send(['XRANGE', dead, from, '+', 'COUNT', String(max)])) as DeadRow[];
  return rows.map(deadEntryOf);
}

/** One step an entry: a call that fails half-way has put back what it has put back, and the rest is dead still. */
export async function replayDeadEntries(
  connection: RedisConnection,
  { queue, counters, dead }: BrokerKeys,
  ids: readonly string[],
  bounds: QueueBounds,
): Promise<number> {
  let replayed = 0;
  for (const id of ids.filter(isStreamId)) {
    const args = [String(bounds.eventsMax), String(bounds.bytesMax), id];
    const reply = await connection.run(replay, [queue, counters, dead], args);
    assertTaken(reply, bounds);
    if (reply === 1) replayed += 1;
  }
  return replayed;
}

function isStreamId(id: string): boolean {
  const [, ms, sequence] = streamId.exec(id) ?? [];
  return ms !== undefined && sequence !== undefined && BigInt(ms) <= idPartMax && BigInt(sequence) <= idPartMax;
}

function deadEntryOf([id, fields]: DeadRow): DeadEntry {
  const values = new Map<string, Buffer>();
  for (let index = 0; index + 1 < fields.length; index += 2) values.set(fields[index]!.toString(), fields[index + 1]!);
  const raw = values.get('d') ?? Buffer.alloc(0);
  const events = decodeEntry(raw);
  return {
    id: id.toString(),
    reason: values.get('reason')?.toString() ?? '',
    deadTimeMs: Number(values.get('ms')),
    attempts: Number(values.get('deliveries')),
    events,
    ...(events === undefined && { raw }),
  };
}
