import { cpSync, appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, toolEnvironment, workspaceFiles, workspaceRoot } from './workspace.ts';

// A repository of its own with the files as they are now, so that real commits can be made and thrown away.
let clone: string;

function git(...args: string[]): void {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'core.hooksPath='];
  run('git', [...identity, ...args], { cwd: clone });
}

beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'oncelog-affected-'));
  for (const file of workspaceFiles()) {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    cpSync(join(workspaceRoot, file), join(clone, file));
  }
  git('init', '--quiet', '--initial-branch=main');
  appendFileSync(join(clone, '.git/info/exclude'), 'node_modules\n');
  symlinkSync(join(workspaceRoot, 'node_modules'), join(clone, 'node_modules'));
  git('add', '--all');
  git('commit', '--quiet', '--message', 'as it is');
});

afterAll(() => rmSync(clone, { recursive: true, force: true }));

/** The projects whose tests `nx affected -t test` would run once `file` has changed in a commit. */
function testedAfterChangeTo(file: string): string[] {
  git('checkout', '--quiet', '--detach', 'main');
  mkdirSync(dirname(join(clone, file)), { recursive: true });
  appendFileSync(join(clone, file), '\n');
  git('add', '--all');
  git('commit', '--quiet', '--message', `change ${file}`);
  const plan = join(clone, '.nx/plan.json');
  run('nx', ['affected', '-t', 'test', '--base=main', '--head=HEAD', `--graph=${plan}`], {
    cwd: clone,
    env: toolEnvironment(clone),
  });
  const { tasks } = JSON.parse(readFileSync(plan, 'utf8')) as { tasks: { tasks: Record<string, unknown> } };
  return Object.keys(tasks.tasks)
    .map((task) => task.replace(/^@oncelog\/(.*):test$/, '$1'))
    .toSorted();
}

describe('nx affected -t test', () => {
  it('runs the tests of a leaf and of what starts it when the leaf changes', () => {
    expect(testedAfterChangeTo('apps/cli/package.json')).toEqual(['cli', 'e2e']);
  });

  it('runs the tests of all who speak the contract, and of no store, when the contract changes', () => {
    expect(testedAfterChangeTo('proto/oncelog/v1/event.proto')).toEqual([
      'aggregator',
      'bench',
      'cli',
      'client',
      'e2e',
      'proto',
      'protocol',
      'publisher',
      'rpc',
    ]);
  });

  it('runs the tests of one store, of those above it and of those that test with it, when that store changes', () => {
    expect(testedAfterChangeTo('libs/store-memory/src/index.ts')).toEqual([
      'aggregator',
      'bench',
      'delivery',
      'e2e',
      'ingest',
      'rpc',
      'store-memory',
    ]);
  });

  it('runs the tests of the tools alone when the tools change', () => {
    expect(testedAfterChangeTo('tools/src/check.ts')).toEqual(['tools']);
  });

  it('runs no test when only the documentation changes', () => {
    expect(testedAfterChangeTo('docs/a-new-page.md')).toEqual([]);
  });

  it('runs the tests that follow the README when the README changes', () => {
    expect(testedAfterChangeTo('README.md')).toEqual(['e2e']);
  });

  it('runs every test when what all tests share changes', () => {
    const everything = workspaceFiles()
      .filter((file) => /^(?:(?:apps|libs)\/[^/]+|proto|tools|tools\/bench)\/package\.json$/.test(file))
      .map((file) => dirname(file).replace(/^(?:apps|libs|tools)\//, ''));
    expect(testedAfterChangeTo('vitest.config.ts')).toEqual(everything.toSorted());
  });
});
