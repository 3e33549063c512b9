// One of the Python programs beside this file, run against an aggregator.
import { fileURLToPath } from 'node:url';
import type { AggregatorProcess } from '../launch/aggregator-process.ts';
import { runProgram } from '../launch/run-program.ts';
import { python } from './python-stubs.ts';

/** What it prints, line by line; throws when it fails or complains. */
export async function linesOfExample(name: string, { target }: AggregatorProcess, stubs: string): Promise<string[]> {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const env = { PYTHONPATH: stubs, PYTHONDONTWRITEBYTECODE: '1' };
  const { code, stdout, stderr } = await runProgram(python, [file, target], { env });
  if (code !== 0 || stderr !== '') throw new Error(`${name} ended with ${code}:\n${stdout}${stderr}`);
  return stdout.trimEnd().split('\n');
}
