// Where a log is copied from: sqlite:<directory>.
import { violated } from '@oncelog/core';

const scheme = 'sqlite:';

/** The path as it stands, relative to where the process runs. */
export function directoryOf(from: string): string {
  const directory = from.startsWith(scheme) ? from.slice(scheme.length) : '';
  if (directory !== '') return directory;
  throw violated('RULE_BROKEN', [
    { field: 'from', description: 'must be sqlite:<data directory>, such as sqlite:./data' },
  ]);
}
