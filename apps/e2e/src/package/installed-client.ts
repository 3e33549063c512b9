// The client library as somebody would install it: built, packed, and unpacked into a project that has nothing else.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Finished, runProgram } from '../launch/run-program.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';

export const workspaceRoot = fileURLToPath(new URL('../../../..', import.meta.url));

export interface InstalledClient extends Disposable {
  /** The folder of the project. */
  readonly folder: string;
  readonly manifest: PublishedManifest;
  /** What the tarball holds, by path. */
  readonly files: readonly string[];
  readonly packedBytes: number;
  /** Writes a file of the project. */
  write(path: string, text: string): void;
  node(path: string, env?: Readonly<Record<string, string>>): Promise<Finished>;
}

interface PublishedManifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies: Readonly<Record<string, string>>;
}

interface PackReport {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

/**
 * npm would ask a registry for the dependencies. Those that the package declares, and no others, are linked from this
 * workspace instead, so that an undeclared one is missing here as it would be anywhere. `more` is what the project
 * itself depends on.
 */
export async function installClient(more: readonly string[] = []): Promise<InstalledClient> {
  const temporary = temporaryFolder();
  const dist = join(temporary.path, 'dist');
  const folder = join(temporary.path, 'project');
  const installed = join(folder, 'node_modules/@oncelog/client');
  mkdirSync(installed, { recursive: true });

  await succeed('node', ['tools/src/build-client.ts', '--out', dist]);
  const packed = await succeed('npm', ['pack', dist, '--json', '--offline', '--pack-destination', temporary.path]);
  const [report] = JSON.parse(packed) as PackReport[];
  const tarball = join(temporary.path, report!.filename);
  await succeed('tar', ['--extract', '--file', tarball, '--directory', installed, '--strip-components', '1']);

  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as PublishedManifest;
  for (const name of [...Object.keys(manifest.dependencies), ...more]) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(workspaceRoot, 'node_modules', name), link);
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));

  return {
    folder,
    manifest,
    files: report!.files.map(({ path }) => path),
    packedBytes: report!.size,
    write: (path, text) => writeFileSync(join(folder, path), text),
    node: (path, env = {}) => runProgram(process.execPath, [path], { cwd: folder, env }),
    [Symbol.dispose]: () => temporary[Symbol.dispose](),
  };
}

/** Runs a program in the workspace; throws with what it said when it fails. */
export async function succeed(command: string, args: readonly string[], cwd = workspaceRoot): Promise<string> {
  const { code, stdout, stderr } = await runProgram(command, args, { cwd });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}
