// A test of the source itself: everything that is or would be committed, in well under a second.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { report } from './report.ts';
import { tidyFindings, type SourceFile } from './tidy-findings.ts';
import { workspaceFiles, workspaceRoot } from './workspace.ts';

const { complaints, warnings } = tidyFindings(readSourceFiles(), (path) => existsSync(join(workspaceRoot, path)));
for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
report('tidy', complaints);

/** Files with a zero byte are not text. */
function readSourceFiles(): SourceFile[] {
  return workspaceFiles()
    .map((path) => ({ path, bytes: readFileSync(join(workspaceRoot, path)) }))
    .filter(({ bytes }) => !bytes.includes(0))
    .map(({ path, bytes }) => ({ path, text: bytes.toString() }));
}
