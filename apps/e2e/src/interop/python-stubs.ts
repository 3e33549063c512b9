// Python's view of the contract: message classes and stubs, generated from proto/ as any user of it would.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../launch/run-program.ts';

/** Debian's own: the packages python3-grpcio and python3-protobuf are not seen by other Pythons on the PATH. */
export const python = '/usr/bin/python3';

const protoFolder = fileOf('../../../../proto');
const buf = fileOf('../../../../node_modules/.bin/buf');

const files = [
  'google/api/annotations.proto',
  'google/api/http.proto',
  'google/rpc/error_details.proto',
  'google/rpc/status.proto',
  ...readdirSync(join(protoFolder, 'oncelog/v1')).map((name) => `oncelog/v1/${name}`),
];

/** Why the tests cannot run here; undefined when they can. */
export function pythonGrpcMissing(): string | undefined {
  const imports = spawnSync(python, ['-c', 'import grpc, google.protobuf']);
  if (imports.error || imports.status !== 0) return 'python3-grpcio or python3-protobuf is not installed';
  if (pluginPath() === undefined) return 'protobuf-compiler-grpc is not installed';
  return spawnSync('protoc', ['--version']).status === 0 ? undefined : 'protobuf-compiler is not installed';
}

/** The folder to put on PYTHONPATH. */
export async function generateStubs(folder: string): Promise<string> {
  const stubs = join(folder, 'stubs');
  const image = join(folder, 'image.binpb');
  mkdirSync(stubs);
  // Debian's protoc comes without google/protobuf/*.proto; buf has them, and hands over all files as one image.
  await run(buf, ['build', protoFolder, '--output', image]);
  await run('protoc', [
    `--descriptor_set_in=${image}`,
    `--plugin=protoc-gen-grpc_python=${pluginPath()}`,
    `--python_out=${stubs}`,
    `--grpc_python_out=${stubs}`,
    ...files,
  ]);
  return stubs;
}

function pluginPath(): string | undefined {
  const { status, stdout } = spawnSync('which', ['grpc_python_plugin'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runProgram(command, args);
  if (code !== 0) throw new Error(`${command} failed: ${stderr}`);
}

function fileOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
