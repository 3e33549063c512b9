// Adds up what the test runs of all packages counted; its last line is `N passed, M failed`.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readScripts, workspaceFiles } from './workspace.ts';

/** What this needs of vitest's JSON report. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
}

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Packages whose tests left no report or ran nothing. */
  readonly silent: readonly string[];
}

/** `reports` holds one `<package>.json` for each of `packages`. A file that could not even be loaded is a failure. */
export function countTests(reports: string, packages: readonly string[]): Count {
  let [passed, failed, skipped] = [0, 0, 0];
  const silent: string[] = [];
  for (const name of packages) {
    const file = join(reports, `${name}.json`);
    const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined;
    if (!report || report.numPassedTests + report.numFailedTests === 0) silent.push(name);
    if (!report) continue;
    passed += report.numPassedTests;
    failed += report.numFailedTests > 0 ? report.numFailedTests : report.numFailedTestSuites;
    skipped += report.numPendingTests;
  }
  return { passed, failed: failed + silent.length, skipped, silent };
}

/** Folder names of the packages that test with vitest. */
export function testedPackages(): string[] {
  const folders = workspaceFiles()
    .filter((file) => basename(file) === 'package.json')
    .map(dirname);
  return folders.filter((folder) => readScripts(folder)['test']?.includes('vitest')).map((folder) => basename(folder));
}

if (import.meta.main) {
  const [reports] = process.argv.slice(2);
  if (reports === undefined) throw new Error('count-tests needs the folder of the reports');
  const { passed, failed, skipped, silent } = countTests(reports, testedPackages());
  for (const name of silent) process.stdout.write(`${name}: no test ran\n`);
  if (skipped > 0) process.stdout.write(`${skipped} skipped\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}
