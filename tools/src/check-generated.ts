// Fails when the committed generated code is not, byte for byte, what the contract generates.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate, generatedFolder } from './generate.ts';
import { report } from './report.ts';
import { workspaceRoot } from './workspace.ts';

// Below the licence, where the .proto file begins with one.
const banner = /^\/\/ @generated /m;

export function checkGenerated(protoFolder: string = join(workspaceRoot, 'proto')): string[] {
  const fresh = mkdtempSync(join(tmpdir(), 'oncelog-generated-'));
  try {
    generate(fresh, protoFolder);
    return differences(join(workspaceRoot, generatedFolder), join(fresh, generatedFolder));
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

export function differences(committedFolder: string, freshFolder: string): string[] {
  const committed = filesOf(committedFolder);
  const fresh = filesOf(freshFolder);
  if (fresh.size === 0) return ['the contract generates nothing'];
  const complaints: string[] = [];
  for (const [file, bytes] of fresh) {
    const before = committed.get(file);
    if (!before) complaints.push(`${file} is not there: run npm run generate`);
    else if (!before.equals(bytes)) complaints.push(`${file} is not what the contract generates: run npm run generate`);
    if (!banner.test(bytes.toString())) complaints.push(`${file} has no banner`);
  }
  for (const file of committed.keys()) {
    if (!fresh.has(file)) complaints.push(`${file} is generated from nothing: run npm run generate`);
  }
  return complaints;
}

function filesOf(folder: string): Map<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
  const files = entries.filter((entry) => statSync(join(folder, entry)).isFile());
  return new Map(files.map((file) => [file, readFileSync(join(folder, file))]));
}

if (import.meta.main) report('generated', checkGenerated());
