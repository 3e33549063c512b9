import { append, sampleEvent } from '@oncelog/core/testing';
import { describe, expect, it } from 'vitest';
import { freshLog, serverUrl } from '../testing/temporary-schema.ts';

interface IndexUse {
  readonly name: string;
  readonly scans: number;
  readonly read: number;
}

describe.runIf(serverUrl !== undefined)('a store that was opened on an empty log', () => {
  it('still finds keys by their index when the log has grown: nothing is read whole', async () => {
    const log = freshLog(serverUrl!);
    const store = await log.open();
    // Nothing that happens here makes the server plan anew by itself.
    for (const table of ['event_key', 'topic', 'source', 'log']) {
      await log.query(`alter table ${table} set (autovacuum_enabled = off)`);
    }
    const batches = Array.from({ length: 40 }, (_, batch) =>
      Array.from({ length: 100 }, (_each, index) => sampleEvent('t', `${batch} ${index}`)),
    );
    for (const batch of batches) await append(store, [batch]);
    for (const batch of batches) await append(store, [batch.slice(0, 50)]);
    // A session hands in what it has counted when it ends, at the latest.
    await store.close();
    const tables = await log.query(
      `select relname as name from pg_stat_user_tables
       where schemaname = current_schema() and relname in ('event_key', 'topic') and seq_tup_read > 100`,
    );
    expect(tables).toEqual([]);
    const indexes = await log.query<IndexUse>(
      `select indexrelname as name, idx_scan::integer as scans, idx_tup_read::integer as read
       from pg_stat_user_indexes where schemaname = current_schema() and relname = 'event_key'`,
    );
    const used = new Map(indexes.map(({ name, ...use }) => [name, use]));
    expect(used.get('event_key_topic_id_position_index')).toEqual({ scans: 0, read: 0 });
    const unique = used.get('event_key_topic_id_event_id_unique')!;
    expect(unique.scans).toBeGreaterThanOrEqual(6000);
    expect(unique.read).toBeLessThanOrEqual(unique.scans);
  });
});
