import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countTests, testedPackages } from './count-tests.ts';

let reports: string;

beforeEach(() => {
  reports = mkdtempSync(join(tmpdir(), 'oncelog-reports-'));
});
afterEach(() => rmSync(reports, { recursive: true }));

function report(
  name: string,
  numPassedTests: number,
  numFailedTests = 0,
  numPendingTests = 0,
  numFailedTestSuites = 0,
) {
  const counts = { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites };
  writeFileSync(join(reports, `${name}.json`), JSON.stringify(counts));
}

describe('the count of tests', () => {
  it('is the sum over the packages', () => {
    report('core', 3, 0, 1);
    report('rpc', 4);
    expect(countTests(reports, ['core', 'rpc'])).toEqual({ passed: 7, failed: 0, skipped: 1, silent: [] });
  });

  it('holds every failed test', () => {
    report('core', 3, 2, 0, 1);
    expect(countTests(reports, ['core']).failed).toBe(2);
  });

  it('holds a failure for a spec that could not be loaded', () => {
    report('core', 3, 0, 0, 1);
    expect(countTests(reports, ['core']).failed).toBe(1);
  });

  it('holds a failure for a package that left no report or ran nothing', () => {
    report('core', 3);
    report('rpc', 0);
    expect(countTests(reports, ['core', 'rpc', 'cli'])).toEqual({
      passed: 3,
      failed: 2,
      skipped: 0,
      silent: ['rpc', 'cli'],
    });
  });

  it('expects a report of every package that tests with vitest', () => {
    expect(testedPackages()).toEqual(expect.arrayContaining(['aggregator', 'core', 'e2e', 'tools']));
    expect(testedPackages()).not.toContain('proto');
  });
});
