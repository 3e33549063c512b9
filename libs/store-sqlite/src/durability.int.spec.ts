import { spawnSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { straceIsMissing, straceTitle } from './testing/strace.ts';
import { createTemporaryDirectory } from './testing/temporary-store.ts';

const appendScript = fileURLToPath(new URL('./testing/append-in-process.ts', import.meta.url));
const changeScript = fileURLToPath(new URL('./testing/change-in-process.ts', import.meta.url));
const appends = 60;

async function runTraced(script: string, durability: 'disk' | 'os', ...more: string[]) {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => rm(directory, { recursive: true }));
  const trace = join(directory, 'trace');
  const strace = ['-f', '-qq', '-o', trace, '-e', 'trace=fsync,fdatasync', ...more];
  const command = [process.execPath, script, join(directory, 'log'), durability, `${appends}`];
  const { stdout, stderr } = spawnSync('strace', [...strace, ...command], { encoding: 'utf8' });
  const answers = stdout
    .trimEnd()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line));
  const flushes = (await readFile(trace, 'utf8')).match(/\bf(data)?sync\(/g)?.length ?? 0;
  return { answers, flushes, stderr };
}

describe.skipIf(straceIsMissing)(`what reaches the disk${straceTitle}`, () => {
  it('flushes at least once for every append that waits for the disk', async () => {
    const { answers, flushes } = await runTraced(appendScript, 'disk');
    expect(answers.filter(({ status }) => status === 'stored')).toHaveLength(appends);
    expect(flushes).toBeGreaterThanOrEqual(appends);
  });

  it('flushes at least once for every change of a group, and for every event that is erased', async () => {
    const { answers, flushes } = await runTraced(changeScript, 'disk');
    expect(answers).toEqual(Array.from({ length: appends }, (_, index) => ({ index, changed: true, erased: true })));
    expect(flushes).toBeGreaterThanOrEqual(2 * appends);
  });

  it('does not flush every append when the operating system is trusted', async () => {
    const { answers, flushes } = await runTraced(appendScript, 'os');
    expect(answers.filter(({ status }) => status === 'stored')).toHaveLength(appends);
    expect(flushes).toBeLessThan(appends / 2);
  });

  it('stops writing for good when a flush fails, and says that it does not know', async () => {
    const { answers } = await runTraced(appendScript, 'disk', '-e', 'inject=fsync,fdatasync:error=EIO:when=40');
    const stored = answers.filter(({ status }) => status === 'stored');
    const [unknown, ...refused] = answers.filter(({ failed }) => failed !== undefined);
    expect(stored.length).toBeGreaterThan(0);
    expect(unknown).toMatchObject({ index: stored.length, failed: 'STORE_UNAVAILABLE', outcome: 'unknown' });
    expect(refused.length).toBe(appends - stored.length - 1);
    for (const answer of refused) expect(answer).toMatchObject({ failed: 'STORE_UNAVAILABLE', outcome: 'none' });
    expect(answers.filter(({ fault }) => fault !== undefined)).toEqual([
      { fault: 'STORE_UNAVAILABLE', outcome: 'unknown' },
    ]);
  });
});
