// `npm run generate`: turns the contract in proto/ into the TypeScript of libs/protocol/src/gen.
import { join } from 'node:path';
import { run, workspaceRoot } from './workspace.ts';

export const generatedFolder = 'libs/protocol/src/gen';

/** Writes below `root`, which stands for the workspace. Every file carries the plugin's own `@generated` banner. */
export function generate(root: string = workspaceRoot, protoFolder: string = join(workspaceRoot, 'proto')): void {
  run('buf', ['generate', '--output', join(root, 'proto')], { cwd: protoFolder });
}

if (import.meta.main) generate();
