import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createSeededRandom } from '@oncelog/core/testing';
import { createPostgresEventStore } from '@oncelog/store-postgres';
import { startPostgres } from '@oncelog/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { copyLog } from './copy-log.ts';
import type { CopyProgress } from './copy-report.ts';
import { expectSameAnswers } from './testing/same-answers.ts';
import { createSampleLog } from './testing/sample-log.ts';
import { createTarget, runSql, withoutPostgres } from './testing/target-schema.ts';

const program = fileURLToPath(new URL('./testing/copy-in-process.ts', import.meta.url));
const eventsMax = 20;
const limits = { eventsMax, bytesMax: 100_000 };
const kills = 10;
const timeoutMs = 180_000;

/** Kills it behind so many pages; resolves with what it told last. */
async function killBehind(from: string, to: string, pages: number) {
  const child = spawn(process.execPath, [program, from, to, String(eventsMax)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let told = 0;
  let last: CopyProgress | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    last = JSON.parse(line) as CopyProgress;
    if ((told += 1) === pages) child.kill('SIGKILL');
  }
  const [, signal] = (await exited) as [number | null, NodeJS.Signals | null];
  return { last, killed: signal === 'SIGKILL' };
}

describe.skipIf(withoutPostgres)('a copy goes on where it was', { timeout: timeoutMs }, () => {
  it(`when its process is killed ${kills} times, and holds everything in the end`, async () => {
    const { directory, events, open } = await createSampleLog();
    const from = `sqlite:${directory}`;
    const to = createTarget();
    const random = createSeededRandom(3);
    const heads: number[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      const { killed } = await killBehind(from, to, 1 + random.below(8));
      expect(killed).toBe(true);
      const [row] = await runSql(to, 'select coalesce(max(position), 0) as head, count(*) as count from event_key');
      expect(row!['count']).toBe(row!['head']);
      heads.push(row!['head'] as number);
    }
    expect(heads).toEqual(heads.toSorted((a, b) => a - b));
    expect(new Set(heads).size).toBeGreaterThan(kills / 2);
    await expect(createPostgresEventStore({ url: to, durability: 'os' })).rejects.toMatchObject({
      message: expect.stringContaining('is a copy that is not finished'),
    });
    const { status, copied } = await copyLog({ from, to, limits });
    expect({ status, copied }).toEqual({ status: 'complete', copied: events.length - heads.at(-1)! });
    const copy = await createPostgresEventStore({ url: to, durability: 'os' });
    onTestFinished(() => copy.close());
    await expectSameAnswers(await open(), copy, events);
  });

  it('when the database is killed in the middle, and comes back', async () => {
    const { directory, events, open } = await createSampleLog({ count: 400 });
    const server = await startPostgres({ durable: true });
    onTestFinished(() => server.stop());
    const copy = { from: `sqlite:${directory}`, to: server.url, limits };
    for (const pages of [2, 5, 9]) {
      let told = 0;
      let killed: Promise<void> | undefined;
      const onProgress = () => {
        if ((told += 1) === pages) killed = server.kill();
      };
      await expect(copyLog({ ...copy, onProgress })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await killed;
      await server.start();
    }
    expect(await copyLog(copy)).toMatchObject({ status: 'complete', events: events.length });
    const store = await createPostgresEventStore({ url: server.url, durability: 'disk' });
    await expectSameAnswers(await open(), store, events);
    await store.close();
  });
});
