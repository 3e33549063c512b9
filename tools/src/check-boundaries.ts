// Fails when an import runs against the layers: over Nx's graph, the manifests and the sources themselves.
import { boundaryViolations } from './boundaries.ts';
import { boundaryRules } from './boundary-rules.ts';
import { readWorkspace } from './read-workspace.ts';
import { report } from './report.ts';

export function checkBoundaries(): string[] {
  return boundaryViolations(readWorkspace(), boundaryRules);
}

if (import.meta.main) report('boundaries', checkBoundaries());
