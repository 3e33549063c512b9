import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasService } from '@oncelog/testing';
import { describe, expect, it } from 'vitest';

const mainFile = fileURLToPath(new URL('./main.ts', import.meta.url));

/** The command lines of all processes that name the folder. */
function processesIn(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandLine(pid))
    .filter((line) => line.includes(folder));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

describe('a run that is interrupted', () => {
  const runs: [scenario: string, peers: string][] = [['stream-500', 'oncelog,sqlite-one-row']];
  if (hasService('postgres') && hasService('redis')) runs.push(['broker-500', 'oncelog-broker']);

  it.skipIf(process.platform !== 'linux').each(runs)(
    'leaves no process and no folder behind: %s',
    async (scenario, peers) => {
      const folder = mkdtempSync(join(tmpdir(), 'oncelog-bench-spec-'));
      // For servers that refuse to be root's.
      chmodSync(folder, 0o755);
      const args = ['--scenarios', scenario, '--peers', peers, '--rounds', '100', '--out', folder];
      const env = { ...process.env, TMPDIR: folder };
      const options = { env, stdio: 'pipe', detached: true } as const;
      const child = spawn(process.execPath, [mainFile, ...args, '--events', '2000'], options);
      let output = '';
      const running = new Promise<void>((resolve) => {
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          output += text;
          if (output.includes('round 2 of 100')) resolve();
        });
      });
      const exited = once(child, 'exit');
      await Promise.race([running, exited]);
      expect(processesIn(folder).length, output).toBeGreaterThan(1);
      // As Ctrl-C does: every process of the terminal gets it.
      process.kill(-child.pid!, 'SIGINT');
      expect(await exited, output).toEqual([130, null]);
      expect(processesIn(folder)).toEqual([]);
      expect(readdirSync(folder).filter((name) => name.startsWith('oncelog'))).toEqual([]);
      rmSync(folder, { recursive: true });
    },
  );
});

describe('wrong usage', () => {
  it('is answered in one line, with the code for it', async () => {
    const child = spawn(process.execPath, [mainFile, '--peers', 'mysql'], { stdio: ['ignore', 'inherit', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    expect(await once(child, 'close')).toEqual([64, null]);
    expect(errors).toBe('bench: --peers: there is no "mysql"; see --help for those there are\n');
  });
});
