// What a broker has set aside: listed page by page, and put back.
import { hash } from 'node:crypto';
import { bodyBytes, type DeadEntry, OncelogError, violated } from '@oncelog/core';
import type { EventLog, ShownBroker } from './event-log.ts';

const pageEntriesDefault = 20;
const pageEntriesMax = 100;

/** An entry is of about 1 MiB at most: more of them at a time would hold a page's bytes many times over. */
const entriesAtOnce = 4;

const idBytesMax = 255;
const markBytes = 4;

export type BrokerLog = Pick<EventLog, 'broker' | 'limits'>;

export interface DeadEntryPage {
  readonly entries: readonly DeadEntry[];
  /** Empty at the end. */
  readonly nextPageToken: string;
}

export async function listDeadEntries(
  log: BrokerLog,
  { pageSize, pageToken }: { readonly pageSize: number; readonly pageToken: string },
): Promise<DeadEntryPage> {
  const broker = brokerOf(log);
  const entriesMax = sizeOf(pageSize);
  let after = pageToken === '' ? '' : idOfToken(pageToken);
  const entries: DeadEntry[] = [];
  let bytes = 0;
  for (;;) {
    const some = await broker.deadEntries({ after, max: entriesAtOnce });
    for (const entry of some) {
      bytes += entryBytes(entry);
      const full = entries.length === entriesMax || (entries.length > 0 && bytes > log.limits.pageBytesMax);
      if (full) return { entries, nextPageToken: tokenOf(entries.at(-1)!.id) };
      entries.push(entry);
    }
    if (some.length < entriesAtOnce) return { entries, nextPageToken: '' };
    after = some.at(-1)!.id;
  }
}

/** How many went back; no ids stand for all that are dead now. */
export async function replayDeadEntries(log: BrokerLog, ids: readonly string[]): Promise<number> {
  const broker = brokerOf(log);
  for (const [index, id] of ids.entries()) assertId(id, `ids[${index}]`);
  return ids.length > 0 ? broker.replay(ids) : replayAll(broker);
}

/** Those that die again meanwhile come last, and stay: it would never end otherwise. */
async function replayAll(broker: ShownBroker): Promise<number> {
  let left = (await broker.stats()).deadEntries;
  let replayed = 0;
  for (let after = ''; left > 0;) {
    const some = await broker.deadEntries({ after, max: Math.min(left, entriesAtOnce) });
    if (some.length === 0) break;
    replayed += await broker.replay(some.map(({ id }) => id));
    left -= some.length;
    after = some.at(-1)!.id;
  }
  return replayed;
}

function brokerOf({ broker }: BrokerLog): ShownBroker {
  if (broker) return broker;
  const without = 'this log has no broker: what is published is stored before it is answered';
  throw new OncelogError('NOT_FOUND', `${without}; an aggregator has one when it is started with --broker redis://…`);
}

function sizeOf(pageSize: number): number {
  if (pageSize === 0) return pageEntriesDefault;
  if (pageSize >= 1 && pageSize <= pageEntriesMax) return pageSize;
  const description = `must be a whole number from 1 to ${pageEntriesMax}, is ${pageSize}`;
  throw violated('RULE_BROKEN', [{ field: 'page_size', description, limit: pageEntriesMax, actual: pageSize }]);
}

function assertId(id: string, field: string): void {
  const bytes = Buffer.byteLength(id);
  if (bytes >= 1 && bytes <= idBytesMax) return;
  const description = `must be of 1 to ${idBytesMax} bytes, is of ${bytes}; take it from a listing of dead entries`;
  throw violated('RULE_BROKEN', [{ field, description, limit: idBytesMax, actual: bytes }]);
}

function entryBytes({ events = [], raw, reason }: DeadEntry): number {
  const bytes = (raw?.length ?? 0) + reason.length;
  return events.reduce((sum, event) => sum + bodyBytes(event) + event.topic.length + event.eventId.length, bytes);
}

function tokenOf(id: string): string {
  return Buffer.concat([markOf(id), Buffer.from(id)]).toString('base64url');
}

function idOfToken(token: string): string {
  const bytes = Buffer.from(token, 'base64url');
  const id = bytes.subarray(markBytes).toString();
  if (token === tokenOf(id)) return id;
  const description = 'is not a page token of this listing; take it from an answer, unchanged';
  throw violated('RULE_BROKEN', [{ field: 'page_token', description }]);
}

function markOf(id: string): Buffer {
  return hash('sha256', `dead entries after ${id}`, 'buffer').subarray(0, markBytes);
}
