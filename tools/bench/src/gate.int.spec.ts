import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { sampleGated } from './testing/sample-report.ts';

const gateFile = fileURLToPath(new URL('./gate.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'oncelog-bench-gate-'));
afterAll(() => rmSync(folder, { recursive: true }));

function gate(report: unknown, ...args: readonly string[]) {
  const file = join(folder, 'report.json');
  writeFileSync(file, JSON.stringify(report));
  const all = [gateFile, '--report', file, '--baseline', join(folder, 'baseline.json'), ...args];
  return spawnSync(process.execPath, all, { encoding: 'utf8' });
}

describe('the gate as a command', () => {
  it('accepts a run, passes it, and fails one that has fallen behind', () => {
    expect(gate(sampleGated(80, 200), '--accept')).toMatchObject({ status: 0, stderr: '' });
    expect(gate(sampleGated(80, 200))).toMatchObject({ status: 0, stderr: '' });
    const worse = gate(sampleGated(60, 200));
    expect(worse).toMatchObject({ status: 1, stderr: 'gate: 4 of 5 ratios did not hold\n' });
    const disturbed = gate({ ...sampleGated(60, 200), othersCpuPart: 0.4 });
    expect(disturbed.status).toBe(75);
    expect(disturbed.stderr).toContain('no verdict, others used 40 % of the machine');
    expect(worse.stdout).toMatch(/^stream-500: throughput, of the limit +0\.80 +0\.68 +0\.60 worse$/m);
  });
});
