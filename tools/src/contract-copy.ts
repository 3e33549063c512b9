// A temporary copy of proto/ that a test may change, to see what the checks of the contract say about it.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workspaceRoot } from './workspace.ts';

export interface ContractCopy extends Disposable {
  readonly folder: string;
  /** Refuses to replace what is not there, so that a test cannot pass over a change that never happened. */
  replace(file: string, before: string, after: string): void;
}

export function copyContract(): ContractCopy {
  const parent = mkdtempSync(join(tmpdir(), 'oncelog-contract-'));
  const folder = join(parent, 'proto');
  cpSync(join(workspaceRoot, 'proto'), folder, { recursive: true });
  return {
    folder,
    replace(file, before, after) {
      const path = join(folder, file);
      const text = readFileSync(path, 'utf8');
      if (!text.includes(before)) throw new Error(`${file} does not say ${JSON.stringify(before)}`);
      writeFileSync(path, text.replace(before, after));
    },
    [Symbol.dispose]() {
      rmSync(parent, { recursive: true });
    },
  };
}
