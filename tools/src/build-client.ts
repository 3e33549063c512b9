// `npm run build:client`: the client library as a package, JavaScript with types, for `npm publish libs/client/dist`.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import ts from 'typescript';
import { publishedManifest, type SourceManifest } from './published-manifest.ts';
import { workspaceRoot } from './workspace.ts';

const clientFolder = join(workspaceRoot, 'libs/client');
const protocolFolder = join(workspaceRoot, 'libs/protocol');

/** Not published by itself: its code goes along, in a folder of its own. */
const protocolPackage = '@oncelog/protocol';
const protocolEntry = 'protocol/index.js';

export function buildClient(outFolder: string): void {
  const manifest = JSON.parse(readFileSync(join(clientFolder, 'package.json'), 'utf8')) as SourceManifest;
  const { dependencies } = JSON.parse(readFileSync(join(protocolFolder, 'package.json'), 'utf8')) as SourceManifest;
  rmSync(outFolder, { recursive: true, force: true });
  emit(entriesOf(manifest), outFolder);
  const published = publishedManifest(manifest, { [protocolPackage]: dependencies });
  writeFileSync(join(outFolder, 'package.json'), `${JSON.stringify(published, undefined, 2)}\n`);
  copyFileSync(join(clientFolder, 'README.md'), join(outFolder, 'README.md'));
  copyFileSync(join(workspaceRoot, 'LICENSE'), join(outFolder, 'LICENSE'));
}

function entriesOf({ exports }: SourceManifest): string[] {
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? target : Object.values(target),
  );
  return [...new Set(targets)].map((path) => join(clientFolder, path));
}

/** What the entries reach, and nothing else: a spec is never part of it. */
function emit(entries: readonly string[], outFolder: string): void {
  const options = compilerOptions();
  const program = ts.createProgram(entries, options);
  const { diagnostics } = program.emit(undefined, (file, text) => {
    const path = publishedPath(file);
    mkdirSync(dirname(join(outFolder, path)), { recursive: true });
    writeFileSync(join(outFolder, path), withoutProtocolPackage(text, path));
  });
  const failures = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (failures.length > 0) throw new Error(ts.formatDiagnostics(failures, formatHost));
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(workspaceRoot, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, workspaceRoot);
  const libs = join(workspaceRoot, 'libs');
  return {
    ...options,
    composite: false,
    emitDeclarationOnly: false,
    noEmitOnError: true,
    rootDir: libs,
    outDir: libs,
    // Found through node_modules, it would count as a package of somebody else's and not be emitted.
    paths: { [protocolPackage]: [join(protocolFolder, 'src/index.ts')] },
  };
}

const formatHost: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (file) => file,
  getCurrentDirectory: () => workspaceRoot,
  getNewLine: () => '\n',
};

/** libs/client/src/a.js becomes a.js, libs/protocol/src/b.js becomes protocol/b.js. */
function publishedPath(file: string): string {
  const ofClient = relative(join(clientFolder, 'src'), file);
  if (!ofClient.startsWith('..')) return ofClient.split(sep).join('/');
  const ofProtocol = relative(join(protocolFolder, 'src'), file);
  if (!ofProtocol.startsWith('..')) return posix.join('protocol', ofProtocol.split(sep).join('/'));
  throw new Error(`${file} is of neither package: the client may import ${protocolPackage} and no other of ours`);
}

function withoutProtocolPackage(text: string, path: string): string {
  const entry = posix.relative(posix.dirname(path), protocolEntry);
  const specifier = entry.startsWith('.') ? entry : `./${entry}`;
  return text.replaceAll(/(?<=\bfrom |\bimport\()(['"])@oncelog\/protocol\1/g, `'${specifier}'`);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string', default: join(clientFolder, 'dist') } } });
  buildClient(resolve(values.out));
}
