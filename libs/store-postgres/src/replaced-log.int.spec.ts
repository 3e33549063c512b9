// A log that is dropped or taken back to an earlier moment while a process has it open.
import type { EventStore, OncelogError } from '@oncelog/core';
import { append, sampleEvent } from '@oncelog/core/testing';
import { describe, expect, it } from 'vitest';
import { freshLog, serverUrl } from './testing/temporary-schema.ts';

/** A store with an event, and what it says when it can no longer be relied on. */
async function watchedLog() {
  const fault = Promise.withResolvers<OncelogError>();
  const log = freshLog(serverUrl!, { onFault: fault.resolve });
  const store = await log.open();
  await append(store, [[sampleEvent('t', 'a')], [sampleEvent('t', 'b')]]);
  return { ...log, store, fault: fault.promise };
}

describe.runIf(serverUrl !== undefined)('a store whose log', () => {
  it('was dropped refuses with what happened, and is at its end when another log is there', async () => {
    const { url, store, fault, query, open } = await watchedLog();
    const schema = new URL(url).searchParams.get('schema');
    await query(`drop schema "${schema}" cascade`);
    const refused = { code: 'STORE_UNAVAILABLE', message: expect.stringContaining('schema dropped?') };
    await expect(append(store, [[sampleEvent('t', 'c')]])).rejects.toMatchObject(refused);
    await expect(statsOf(store)).rejects.toMatchObject(refused);
    const faults: OncelogError[] = [];
    const other = await open({ onFault: (error) => faults.push(error) });
    expect(other.logId).not.toBe(store.logId);
    expect(await fault).toMatchObject({
      code: 'DATA_CORRUPTED',
      message: expect.stringContaining('is another one now'),
    });
    expect(faults).toEqual([]);
  });

  it('was restored from before its last events is at its end: what it remembers of them never happened', async () => {
    const { fault, query } = await watchedLog();
    await query(`begin; delete from event where position = 2; delete from event_key where position = 2;
      update topic set stored = 1; update source set stored = 1; update log set stored = 1; commit`);
    expect(await fault).toMatchObject({
      code: 'DATA_CORRUPTED',
      message: expect.stringContaining('ends at 1, and did at 2'),
    });
  });

  it('grows while it is asked for its end is relied on', { timeout: 20_000 }, async () => {
    const faults: OncelogError[] = [];
    const log = freshLog(serverUrl!, { onFault: (error) => faults.push(error) });
    const [a, b] = [await log.open(), await log.open()];
    const endMs = performance.now() + 2500;
    for (let index = 0; performance.now() < endMs; index += 1) {
      await append(index % 2 ? a : b, [[sampleEvent('t', `${index}`)]]);
    }
    expect((await statsOf(a)).stored).toBeGreaterThan(10);
    expect(faults).toEqual([]);
  });
});

function statsOf(store: EventStore) {
  return store.stats({ topicsMax: 1, sourcesMax: 1 });
}
