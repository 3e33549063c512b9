import Database from 'better-sqlite3';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createLoad, type LoadSpec } from '../load/load.ts';
import { LatencyHistogram } from '../measure/latency-histogram.ts';
import { Lifetime } from '../run/lifetime.ts';
import { streamOf500, usualLoad } from '../scenarios/scenario.ts';
import { oncelog, startOnDirectory } from './oncelog.ts';
import type { Peer } from './peer.ts';
import { sqliteCeiling } from './sqlite-ceiling.ts';
import { sqliteManyRows } from './sqlite-many-rows.ts';
import { sqliteOneRow } from './sqlite-one-row.ts';

const lifetime = new Lifetime();
afterAll(() => lifetime.end());

/** More than one transaction, and sizes that no statement of many rows fits exactly. */
const loads: readonly LoadSpec[] = [1, 2].map((round) => ({
  ...usualLoad,
  seed: 11,
  name: 'loops',
  round,
  count: 6789,
}));

const tables = {
  log: 'select stored, duplicates, conflicts from log',
  topic: 'select id, name, stored, duplicates, conflicts from topic order by id',
  source: 'select id, name, stored, duplicates, conflicts from source order by id',
  keys: 'select position, topic_id, event_id, hex(digest) as digest from event_key order by position',
  bodies: 'select position, source, attributes, content_type, hex(content) as content from event order by position',
  drops: 'select id, position, source, conflict from event_drop order by id',
};

const stored = lifetime.folder('empty');
const emptied = startOnDirectory(lifetime, stored).then(({ child }) => lifetime.endChild(child));

async function contentsAfter(peer: Peer) {
  await emptied;
  const directory = lifetime.folder(peer.name);
  const running = await peer.start({ lifetime, directory, stored });
  const connection = await peer.connect(running.address, streamOf500);
  const tallies = [];
  for (const spec of loads) {
    const prepared = await connection.prepare(createLoad(spec));
    const { stored: fresh, duplicates } = await prepared.send(new LatencyHistogram());
    tallies.push({ stored: fresh, duplicates });
  }
  await connection.close();
  await running.stop();
  const database = new Database(join(directory, 'oncelog.db'), { readonly: true });
  const rowsOf = (table: keyof typeof tables) => database.prepare(tables[table]).all();
  const names = Object.keys(tables) as (keyof typeof tables)[];
  const rows = Object.fromEntries(names.map((name) => [name, rowsOf(name)])) as Record<keyof typeof tables, unknown[]>;
  database.close();
  return { tallies, ...rows };
}

describe('the loops that stand for the limit', () => {
  const ours = contentsAfter(oncelog);

  it.each([sqliteOneRow, sqliteManyRows])('$name leaves the same rows behind as the aggregator', async (peer) => {
    const expected = await ours;
    expect(expected.tallies).toEqual([
      { stored: 4752, duplicates: 2037 },
      { stored: 4752, duplicates: 2037 },
    ]);
    expect(await contentsAfter(peer)).toEqual(expected);
  });

  it('sqlite-ceiling leaves the same keys and bodies behind, and nothing else', async () => {
    const { keys, bodies, tallies } = await ours;
    expect(await contentsAfter(sqliteCeiling)).toMatchObject({ keys, bodies, tallies, drops: [] });
  });
});
