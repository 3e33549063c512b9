#!/usr/bin/env node
// Starts the command with a Node that runs TypeScript: this one, or else the one that npm installed with the project.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const requiredNode = [22, 18];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major > requiredNode[0] || (major === requiredNode[0] && minor >= requiredNode[1])) {
  await import('../src/main.ts');
} else {
  const result = spawnSync(installedNode(), [process.argv[1], ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = result.status ?? 1;
}

function installedNode() {
  const windows = process.platform === 'win32';
  const machine = `${windows ? 'win' : process.platform}-${process.arch}`;
  const name = machine === 'darwin-arm64' ? `node-bin-${machine}` : `node-${machine}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/node${windows ? '.exe' : ''}`);
  } catch {
    const needs = `oncelog needs Node ${requiredNode.join('.')} or newer; this is ${process.version}`;
    process.stderr.write(
      `${needs}, and ${name} is not installed.\nRun "npm ci" in the project, or use a newer Node.\n`,
    );
    process.exit(1);
  }
}
