import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { append, sampleEvent } from '@oncelog/core/testing';
import { createPostgresEventStore, openLogForImport } from '@oncelog/store-postgres';
import { describe, expect, it } from 'vitest';
import { copyLog } from './copy-log.ts';
import { createSampleLog, createTemporaryDirectory } from './testing/sample-log.ts';
import { changeSource } from './testing/changed-source.ts';
import { createTarget, runSql, withoutPostgres } from './testing/target-schema.ts';

const small = { count: 60 };

function refusal(code: string, ...parts: readonly string[]) {
  return expect.objectContaining({ code, message: expect.stringMatching(new RegExp(parts.join('.*'))) });
}

describe.skipIf(withoutPostgres)('a copy is refused', () => {
  it('while the source is in use, and nothing is made of the target', async () => {
    const { directory, open } = await createSampleLog(small);
    const source = await open();
    const to = createTarget();
    const refused = refusal('STORE_UNAVAILABLE', directory, 'in use by another oncelog');
    await expect(copyLog({ from: `sqlite:${directory}`, to })).rejects.toEqual(refused);
    await source.close();
    expect(await runSql(to, 'select 1 from log')).toEqual([]);
  });

  it('of what is no log, or one of another version', async () => {
    const directory = await createTemporaryDirectory();
    const to = createTarget();
    await expect(copyLog({ from: `sqlite:${directory}`, to })).rejects.toEqual(
      refusal('NOT_FOUND', 'there is no log in ', 'oncelog.db'),
    );
    for (const from of ['', 'sqlite:', './data', 'postgresql://h/d']) {
      await expect(copyLog({ from, to })).rejects.toEqual(
        refusal('RULE_BROKEN', 'from: must be sqlite:<data directory>'),
      );
    }
    for (const [format, advice] of [
      [1, 'serve it with the version that wrote it'],
      [9, 'use the version that wrote it, or a newer one'],
    ] as const) {
      const { directory: other } = await createSampleLog({ count: 0 });
      changeSource(other, `update log set format_version = ${format}`);
      await expect(copyLog({ from: `sqlite:${other}`, to })).rejects.toEqual(
        refusal('STORE_UNAVAILABLE', `has format ${format}, this version reads 2: ${advice}`),
      );
    }
    const { directory: older } = await createSampleLog({ count: 0 });
    changeSource(older, `delete from mikro_orm_migrations where name = '0002-add-consumers'`);
    await expect(copyLog({ from: `sqlite:${older}`, to })).rejects.toEqual(
      refusal('STORE_UNAVAILABLE', 'last opened by another version: start an aggregator of this version on it once'),
    );
  });

  it('to a log of others, however empty', async () => {
    const { directory } = await createSampleLog(small);
    const to = createTarget();
    const other = await createPostgresEventStore({ url: to, durability: 'os' });
    await other.close();
    const refused = refusal('ALREADY_EXISTS', `holds another log already, ${other.logId}`, 'another schema');
    await expect(copyLog({ from: `sqlite:${directory}`, to })).rejects.toEqual(refused);
    const again = await createPostgresEventStore({ url: to, durability: 'os' });
    expect(again.logId).toBe(other.logId);
    await again.close();
  });

  it('to the unfinished copy of another log', async () => {
    const [one, other] = [await createSampleLog(small), await createSampleLog(small)];
    const to = createTarget();
    const interrupting = new AbortController();
    interrupting.abort();
    await copyLog({ from: `sqlite:${one.directory}`, to, signal: interrupting.signal });
    await expect(copyLog({ from: `sqlite:${other.directory}`, to })).rejects.toEqual(
      refusal('ALREADY_EXISTS', 'holds an unfinished copy of another log, '),
    );
    expect(await copyLog({ from: `sqlite:${one.directory}`, to })).toMatchObject({ status: 'complete' });
  });

  it('to a copy that was published to, which stays as it is', async () => {
    const { directory } = await createSampleLog(small);
    const copy = { from: `sqlite:${directory}`, to: createTarget() };
    const { events } = await copyLog(copy);
    const store = await createPostgresEventStore({ url: copy.to, durability: 'os' });
    await append(store, [[sampleEvent('later', 'one')]]);
    await expect(copyLog(copy)).rejects.toEqual(
      refusal('ALREADY_EXISTS', 'holds this log with 90 events, the source 89'),
    );
    expect(await store.stats({ topicsMax: 1, sourcesMax: 1 })).toMatchObject({ stored: events + 1 });
    await store.close();
  });

  it('when the source holds less than was copied of it', async () => {
    const { directory } = await createSampleLog(small);
    const backup = await createTemporaryDirectory();
    await copyFile(join(directory, 'oncelog.db'), join(backup, 'oncelog.db'));
    changeSource(
      directory,
      `update log set stored = stored - 10; delete from event_key where position > 79;
      delete from event where position > 79`,
    );
    const to = createTarget();
    const interrupting = new AbortController();
    const onProgress = ({ done, total }: { readonly done: number; readonly total: number }) => {
      if (done === total) interrupting.abort();
    };
    await copyLog({ from: `sqlite:${backup}`, to, signal: interrupting.signal, onProgress });
    await expect(copyLog({ from: `sqlite:${directory}`, to })).rejects.toEqual(
      refusal('ALREADY_EXISTS', 'holds 89 events of a copy, of which the source has no more than 79'),
    );
  });

  it('while another one to the same place is under way', async () => {
    const { directory } = await createSampleLog(small);
    const to = createTarget();
    const target = await openLogForImport(to);
    const refused = refusal('STORE_UNAVAILABLE', 'another copy to ', 'is under way');
    await expect(copyLog({ from: `sqlite:${directory}`, to })).rejects.toEqual(refused);
    await target.close();
    expect(await copyLog({ from: `sqlite:${directory}`, to })).toMatchObject({ status: 'complete' });
  });

  it('by a server that is not there, without telling the password', async () => {
    const { directory } = await createSampleLog({ count: 0 });
    const to = 'postgresql://somebody:secret@127.0.0.1:1/db';
    const error = await copyLog({ from: `sqlite:${directory}`, to }).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect((error as Error).message).not.toContain('secret');
  });
});
