// All that is asked of a set of files, whatever they are and wherever they come from.
import { basename } from 'node:path';
import { linkComplaints } from './tidy-links.ts';
import { manifestComplaints } from './tidy-manifest.ts';
import { isHandWritten, sourceFindings, type Findings, type SourceFile } from './tidy-source.ts';

export type { Findings, SourceFile } from './tidy-source.ts';

export function tidyFindings(files: readonly SourceFile[], exists: (path: string) => boolean): Findings {
  const complaints: string[] = [];
  const warnings: string[] = [];
  for (const file of files.filter(({ path }) => isHandWritten(path))) {
    const found = sourceFindings(file);
    complaints.push(...found.complaints);
    warnings.push(...found.warnings);
    if (basename(file.path) === 'package.json') complaints.push(...manifestComplaints(file.path, file.text));
    if (file.path.endsWith('.md')) complaints.push(...linkComplaints(file.path, file.text, exists));
  }
  return { complaints, warnings };
}
