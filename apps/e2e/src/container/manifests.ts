// What is in deploy/kubernetes, and whether Kubernetes would know every field of it.
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { runProgram } from '../launch/run-program.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { workspaceRoot } from './compose-file.ts';

export const manifestsFolder = join(workspaceRoot, 'deploy/kubernetes');
const models = 'node_modules/kubernetes-models';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

export interface Kustomization {
  readonly namespace: string;
  readonly resources: readonly string[];
}

export function readKustomization(): Kustomization {
  return parse(readFileSync(join(manifestsFolder, 'kustomization.yaml'), 'utf8')) as Kustomization;
}

/** Every manifest in the folder, whether the kustomization takes it or not. */
export function readManifests(): Manifest[] {
  return readdirSync(manifestsFolder)
    .filter((name) => name !== 'kustomization.yaml')
    .flatMap((name) => manifestsIn(name));
}

function manifestsIn(name: string): Manifest[] {
  return parseAllDocuments(readFileSync(join(manifestsFolder, name), 'utf8'), { merge: true }).map((document) => {
    if (document.errors.length > 0) throw new Error(`${name}: ${document.errors.join('; ')}`);
    return document.toJS() as Manifest;
  });
}

/** What the schemas say of values, by the validators that are generated from them. They let unknown fields pass. */
export async function violationsIn({ apiVersion, kind, ...rest }: Manifest): Promise<string> {
  const path = `kubernetes-models/${apiVersion}/${kind}`;
  const module = (await import(/* @vite-ignore */ path)) as Record<string, ModelClass>;
  try {
    new module[kind]!({ apiVersion, kind, ...rest }).validate();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

type ModelClass = new (data: object) => { validate(): void };

/** What the compiler says of manifests as literals of the types that are generated from the schemas: unknown fields. */
export async function complaintsAbout(manifests: readonly object[]): Promise<string> {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  mkdirSync(join(folder.path, 'node_modules'));
  symlinkSync(join(workspaceRoot, models), join(folder.path, models));
  const file = join(folder.path, 'manifests.ts');
  writeFileSync(file, manifests.map((manifest, index) => asLiteral(manifest as Manifest, index)).join('\n'));
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'esnext'];
  const tsc = join(workspaceRoot, 'node_modules/.bin/tsc');
  const { code, stdout, stderr } = await runProgram(tsc, [...options, file], { cwd: folder.path });
  if (stderr !== '' || (code === 0) !== (stdout === '')) throw new Error(`tsc ended with ${code}: ${stdout}${stderr}`);
  return stdout;
}

function asLiteral(manifest: Manifest, index: number): string {
  const { apiVersion, kind } = manifest;
  return [
    `import type { I${kind} as T${index} } from 'kubernetes-models/${apiVersion}/${kind}';`,
    `export const manifest${index}: T${index} = ${JSON.stringify(manifest, null, 2)};`,
  ].join('\n');
}
