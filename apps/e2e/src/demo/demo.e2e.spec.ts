import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { cleanEnvironment } from '../launch/clean-environment.ts';
import { runNode } from '../launch/run-program.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';

const demo = fileURLToPath(new URL('../demo.ts', import.meta.url));
const demoTimeoutMs = 60_000;

it(
  'shows a kill -9 in the middle of 5,000 events, and that none of them is lost or stored twice',
  async () => {
    const folder = folderOfTest();
    const { code, stdout, stderr } = await runNode(demo, [], { env: { TMPDIR: folder } });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('0 lost, 0 twice');
    expect(stdout).toMatch(/kill -9, with [2-4],\d{3} events received/);
    expect(stdout).toMatch(/has sent [\d,]+ events again under the same ids/);
    expect(stdout).toMatch(/stored +3,750 /);
    expect(stdout, 'colours belong on a terminal').not.toContain('\u001b');
    await expectNothingLeft(folder, stdout);
  },
  demoTimeoutMs,
);

it(
  'cleans up after itself when it is interrupted',
  async () => {
    const folder = folderOfTest();
    const child = spawn(process.execPath, [demo], { env: cleanEnvironment({ TMPDIR: folder }), stdio: 'pipe' });
    let stdout = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      stdout += text;
      if (stdout.includes('a publisher streams')) break;
    }
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    expect(await exited).toEqual([130, null]);
    await expectNothingLeft(folder, stdout);
  },
  demoTimeoutMs,
);

function folderOfTest(): string {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  return folder.path;
}

async function expectNothingLeft(folder: string, stdout: string): Promise<void> {
  expect(readdirSync(folder).filter((name) => name.startsWith('oncelog'))).toEqual([]);
  const url = /listens on (\S+),/.exec(stdout)![1]!;
  await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
}
