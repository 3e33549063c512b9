import { createPostgresEventStore } from '@oncelog/store-postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyLog } from './copy-log.ts';
import type { CopyProgress } from './copy-report.ts';
import { changeSource } from './testing/changed-source.ts';
import { createSampleLog } from './testing/sample-log.ts';
import { createTarget, runSql, withoutPostgres } from './testing/target-schema.ts';

/** What happens to a copy between its last page and the comparison, and how the comparison says so. */
const harms = [
  [
    'a byte of a body',
    `update event set content = set_byte(content, 3, 7) where position = 40`,
    /event 40: another content/,
  ],
  ['a body', `delete from event where position = 41`, /event 41 is missing in the target/],
  [
    'a body without a key',
    `insert into event select 9999, source, 0, 0, null, null, content from event limit 1`,
    /9999/,
  ],
  [
    'an erased event that is back',
    `insert into event select 6, source, 0, 0, null, null, '' from event limit 1`,
    /event 6 is only in the target/,
  ],
  [
    'a digest',
    `update event_key set digest = set_byte(digest, 15, 0) where position = 42`,
    /event_key 42: another digest/,
  ],
  [
    'a key',
    `update event_key set event_id = event_id || '\\x00' where position = 43`,
    /event_key 43: another event_id/,
  ],
  ['a row of a key', `delete from event_key where position = 44`, /event_key 44 is missing in the target/],
  [
    'the last event',
    `with gone as (delete from event where position = 89) delete from event_key where position = 89`,
    /89 is missing in the target/,
  ],
  [
    'one event more',
    `insert into event_key select 90, topic_id, '\\x41', digest, 0 from event_key limit 1`,
    /event_key 90 is only in the target/,
  ],
  [
    'a stored time',
    `update event_key set stored_time_ms = 1 where position = 45`,
    /event_key 45: another stored_time_ms/,
  ],
  [
    'the counter of a topic',
    `update topic set duplicates = duplicates + 1 where id = 3`,
    /topic 3: another duplicates/,
  ],
  ['the name of a source', `update source set name = name || ' ' where id = 2`, /source 2: another name/],
  ['a total', `update log set conflicts = conflicts - 1`, /log 1: another conflicts/],
  ['a drop', `delete from event_drop where id = 5`, /event_drop 5 is missing in the target/],
  ['all drops', `delete from event_drop`, /event_drop 1 is missing in the target/],
  [
    'what erased events are known by',
    `update erased_event set canonical_digest = '\\x00' where position = 6`,
    /erased_event 6: another canonical_digest/,
  ],
  ['a group', `delete from consumer_group where name = 'narrow'`, /consumer_group 4 is missing in the target/],
  [
    'the cursor of a group',
    `update consumer_group set cursor = cursor + 1 where name = 'billing'`,
    /consumer_group 1: another cursor/,
  ],
  [
    'an outstanding event',
    `delete from outstanding_event where position = 4`,
    /outstanding_event 1\/4 is missing in the target/,
  ],
  ['a dead letter', `update dead_letter set reason = '' where position = 2`, /dead_letter 1\/2: another reason/],
] as const;

const limits = { eventsMax: 20, bytesMax: 1_000_000 };

describe.skipIf(withoutPostgres)('the comparison at the end', () => {
  const ends: (() => Promise<void>)[] = [];
  let from = '';
  beforeAll(async () => {
    from = `sqlite:${(await createSampleLog({ count: 60, atEnd: (work) => ends.unshift(work) })).directory}`;
  });
  afterAll(async () => {
    for (const end of ends) await end();
  });

  it.each(harms)('names what differs: %s', async (_, harm, difference) => {
    const to = createTarget();
    await copyLog({ from, to });
    await runSql(to, harm);
    await expect(copyLog({ from, to, limits })).rejects.toMatchObject({
      code: 'DATA_CORRUPTED',
      message: expect.stringMatching(difference),
    });
  });

  it('leaves the mark on a copy that differs, and a copy made anew is complete', async () => {
    const { directory, events } = await createSampleLog({ count: 60 });
    const [copy, to] = [{ from: `sqlite:${directory}` }, createTarget()];
    const harm = ({ step, done }: CopyProgress) => {
      if (step === 'verifying' && done === 0)
        changeSource(directory, `update event set source = '!' where position = 50`);
    };
    const differs = { code: 'DATA_CORRUPTED', message: expect.stringContaining('event 50: another source') };
    await expect(copyLog({ ...copy, to, limits, onProgress: harm })).rejects.toMatchObject(differs);
    await expect(createPostgresEventStore({ url: to, durability: 'os' })).rejects.toMatchObject({
      message: expect.stringContaining('is a copy that is not finished'),
    });
    await expect(copyLog({ ...copy, to })).rejects.toMatchObject(differs);
    expect(await copyLog({ ...copy, to: createTarget() })).toMatchObject({ status: 'complete', copied: events.length });
  });
});

/** How a damaged disk may have left a source. */
const damages = [
  [`update event set content = x'00' where position = 40`, /source .* position 40 no longer matches its checksum/],
  [`delete from event where position = 41`, /source .* position 41 has no body and was not erased/],
  [`delete from event_key where position = 42`, /source .* position 42 is missing/],
  [`delete from event_key where position > 80`, /source .* position 81 is missing/],
  [`update log set stored = stored - 1`, /source .* position 89 .* counter says 88/],
] as const;

describe.skipIf(withoutPostgres)('a source that is damaged', () => {
  it.each(damages)('is not copied: %s', async (damage, told) => {
    const { directory } = await createSampleLog({ count: 60 });
    changeSource(directory, damage);
    const to = createTarget();
    await expect(copyLog({ from: `sqlite:${directory}`, to, limits })).rejects.toMatchObject({
      code: 'DATA_CORRUPTED',
      message: expect.stringMatching(told),
    });
    await expect(createPostgresEventStore({ url: to, durability: 'os' })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
  });
});
