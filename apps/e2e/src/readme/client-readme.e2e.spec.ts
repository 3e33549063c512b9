// The page of the client library, followed to the letter with the package as it is published: every program on it is
// checked by the compiler, run in order against one aggregator, and prints what the page says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { type InstalledClient, installClient, succeed, workspaceRoot } from '../package/installed-client.ts';
import { blocksOf, patternOf, programsOf } from './readme-blocks.ts';

const blocks = blocksOf(readFileSync(join(workspaceRoot, 'libs/client/README.md'), 'utf8'));
const programs = programsOf(blocks);

/** For what a program on the page takes from Node. */
const typesOfNode = ['@types/node', 'undici-types'];

let aggregator: AggregatorProcess;
let installed: InstalledClient;

beforeAll(async () => {
  [aggregator, installed] = await Promise.all([launchAggregator(), installClient(typesOfNode)]);
  for (const [index, { text }] of programs.entries()) {
    installed.write(`program-${index}.ts`, text.replaceAll('127.0.0.1:8080', aggregator.target));
  }
});

afterAll(async () => {
  installed[Symbol.dispose]();
  await aggregator.end('SIGTERM');
});

describe('the README of the client', () => {
  it('has a program in every block, but for how to install it', () => {
    const others = blocks.filter(({ language }) => language !== 'ts' && language !== 'text');
    expect(others).toEqual([{ language: 'sh', text: 'npm install @oncelog/client\n' }]);
    expect(programs.length).toBeGreaterThan(5);
    expect(programs.filter(({ output }) => output === '')).toEqual([]);
  });

  it('has programs without a mistake in their types', async () => {
    const options = { target: 'esnext', module: 'nodenext', types: ['node'], strict: true };
    const compilerOptions = { ...options, skipLibCheck: true, noEmit: true };
    const files = programs.map((_, index) => `program-${index}.ts`);
    installed.write('tsconfig.json', JSON.stringify({ compilerOptions, files }));
    const tsc = join(workspaceRoot, 'node_modules/.bin/tsc');
    expect(await succeed(tsc, ['--project', installed.folder])).toBe('');
  });

  it.each(programs.map(({ text, output }, index) => ({ index, output, title: titleOf(text) })))(
    'prints what it says: $title',
    async ({ index, output }) => {
      const { code, stdout, stderr } = await installed.node(`program-${index}.ts`);
      expect(stdout.trim(), stderr).toMatch(patternOf(output));
      expect(code).toBe(0);
    },
  );
});

/** The calls by their names, but for how to begin and end. */
function titleOf(text: string): string {
  const calls = [...text.matchAll(/\bclient\.([\w.]+)\(|\b(createMemoryClient)\(/g)].map(
    ([, call, other]) => call ?? other,
  );
  return [...new Set(calls.filter((call) => call !== 'close'))].join(', ');
}
