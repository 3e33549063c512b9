// The image without an engine: every instruction of the Dockerfile carried out in a clean folder, then both services of
// the first profile of the compose file run from it as an unprivileged user.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { readComposeFile } from './compose-file.ts';
import { copyForm, execForm, parseDockerfile, type Stage } from './dockerfile.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const stages = parseDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8'));
const { services } = readComposeFile();

/** What the owner of the image is promised; measured 55 MB when this was written. */
const nodeModulesMegabytesMax = 100;

const folder = temporaryFolder();
const image = join(folder.path, 'app');
const dataDir = join(folder.path, 'data');

/** Root must not run the services; anybody else is unprivileged already. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

const finalStage = stages.at(-1)!;
let port = 0;
let aggregator: ChildProcess;

describe('the image', () => {
  beforeAll(async () => {
    chmodSync(folder.path, 0o755);
    buildStages();
    mkdirSync(dataDir);
    if (user.uid !== undefined) chownSync(dataDir, user.uid, user.gid);
    port = await freePort();
    const [command, ...args] = execForm(valueOf(finalStage, 'CMD'));
    aggregator = start(command!, args);
    await until(() => healthcheck() === 0);
  }, 180_000);

  afterAll(async () => {
    if (aggregator.exitCode === null) {
      aggregator.kill('SIGTERM');
      await once(aggregator, 'exit');
    }
    folder[Symbol.dispose]();
  });

  it(`has at most ${nodeModulesMegabytesMax} MB of dependencies`, () => {
    const [megabytes] = execFileSync('du', ['-sm', join(image, 'node_modules')], { encoding: 'utf8' }).split('\t');
    expect(Number(megabytes)).toBeLessThanOrEqual(nodeModulesMegabytesMax);
  });

  it('is run by a user without privileges', () => {
    expect(valueOf(finalStage, 'USER')).toBe('node');
  });

  it.each(['@oncelog/store-postgres', '@oncelog/broker-redis'])('brings %s with all that it needs', async (name) => {
    const program = `process.exitCode = Object.keys(await import('${name}')).length > 0 ? 0 : 1`;
    const importing = spawn('node', ['--input-type=module', '--eval', program], {
      cwd: join(image, 'apps/aggregator'),
      env: environment(),
      stdio: 'inherit',
      ...user,
    });
    expect(await once(importing, 'exit')).toEqual([0, null]);
  });

  it('answers its health check, and the older numbers after one run of the publisher', async () => {
    const [command, ...args] = services['publisher']!.command!;
    const publisher = start(
      command!,
      args.map((arg) => arg.replace('aggregator:8080', `127.0.0.1:${port}`)),
    );
    expect(await once(publisher, 'exit')).toEqual([0, null]);
    const stats = await fetch(`http://127.0.0.1:${port}/stats`);
    expect(await stats.json()).toMatchObject({ received: 5000, unique_processed: 3750, duplicate_dropped: 1250 });
  }, 60_000);

  it('stops at SIGTERM with exit code 0', async () => {
    aggregator.kill('SIGTERM');
    expect(await once(aggregator, 'exit')).toEqual([0, null]);
    expect(healthcheck()).not.toBe(0);
  }, 30_000);
});

function buildStages(): void {
  for (const stage of stages) {
    const directory = directoryOf(stage);
    mkdirSync(directory, { recursive: true });
    for (const { name, value } of stage.instructions) {
      if (name === 'COPY') copy(directory, value);
      // The last stage only makes the data folder, which here lies beside the image.
      if (name === 'RUN' && stage !== finalStage) execFileSync('sh', ['-c', value], { cwd: directory, stdio: 'pipe' });
    }
  }
}

function directoryOf(stage: Stage): string {
  return stage === finalStage ? image : join(folder.path, stage.name!);
}

function copy(directory: string, value: string): void {
  const { from, sources, target } = copyForm(value);
  for (const source of sources) {
    const origin = from === undefined ? join(root, source) : join(folder.path, from, source.replace('/app', '.'));
    const whole = source === '/app' || !target.endsWith('/');
    cpSync(origin, whole ? join(directory, target) : join(directory, target, source), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => from !== undefined || !isIgnored(path),
    });
  }
}

/** As .dockerignore says. */
function isIgnored(path: string): boolean {
  return /\/(node_modules|dist)$|\.spec\.ts$/.test(path);
}

function valueOf({ instructions }: Stage, name: string): string {
  return instructions.findLast((instruction) => instruction.name === name)!.value;
}

function environment(): NodeJS.ProcessEnv {
  const declared = finalStage.instructions.filter(({ name }) => name === 'ENV').map(({ value }) => value.split('='));
  const env = Object.fromEntries(declared) as Record<string, string>;
  return {
    PATH: `${join(process.execPath, '..')}:${process.env['PATH']}`,
    ...env,
    ONCELOG_PORT: String(port),
    ONCELOG_DATA_DIR: dataDir,
  };
}

function start(command: string, args: readonly string[]): ChildProcess {
  return spawn(command, args, { cwd: image, env: environment(), stdio: 'inherit', ...user });
}

function healthcheck(): number | null {
  const [command, ...args] = execForm(valueOf(finalStage, 'HEALTHCHECK'));
  try {
    execFileSync(command!, args, { cwd: image, env: environment(), stdio: 'pipe', ...user });
    return 0;
  } catch (error) {
    return (error as { status: number | null }).status;
  }
}

/** Each health check is a process of its own, so that trying again at once is no busy loop. */
async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (condition()) return;
    if (aggregator.exitCode !== null) throw new Error(`the aggregator ended with ${aggregator.exitCode}`);
  }
  throw new Error('the aggregator never became healthy');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return free;
}
