// The README, followed to the letter: every command of every block is run, in order, against the server that the first
// one starts.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasService } from '@oncelog/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchAggregator } from '../launch/aggregator-process.ts';
import { cleanEnvironment } from '../launch/clean-environment.ts';
import { publisherMain, runNode, runProgram } from '../launch/run-program.ts';
import { databaseOfTest } from '../launch/shared-services.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { blocksOf, commandsOf, patternOf, sessionOf } from './readme-blocks.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const blocks = blocksOf(readFileSync(join(root, 'README.md'), 'utf8'));

/** Shown on the page, but run elsewhere: a test cannot install the packages it runs on, or run itself. */
const runElsewhere: Readonly<Record<string, string>> = {
  'npm ci && npm test': '.ci/run',
};

const folder = temporaryFolder();
/** What is to be ended when all is done. */
const ends: (() => Promise<unknown>)[] = [];
let target = '';
/** Whom the addresses of several machines stand for. */
const machines = new Map<string, string>();

describe('the README', () => {
  beforeAll(async () => {
    const [first] = blocks;
    expect(first?.text.trim()).toBe('npm ci && npm start');
    const server = shell('npm start', { ONCELOG_PORT: '0', ONCELOG_DATA_DIR: join(folder.path, 'data') });
    ends.push(() => endGroup(server));
    target = await listeningTarget(server);
  });

  afterAll(async () => {
    await Promise.all(ends.map((end) => end()));
    folder[Symbol.dispose]();
  });

  for (const [index, { language, text }] of blocks.entries()) {
    if (index === 0) continue;
    const title = text.split('\n')[0]!.slice(0, 70);
    if (language === 'console') it(`shows the real answers of: ${title}`, () => runSession(text), 60_000);
    else if (language === 'sh') it(`runs: ${title}`, () => runCommands(text), 90_000);
    else it(`shows an example that exists word for word: ${title}`, () => expect(examples()).toContain(text));
  }

  it('leaves out only what is run elsewhere', () => {
    for (const [command, where] of Object.entries(runElsewhere)) {
      for (const part of command.split(' && ')) expect(readFileSync(join(root, where), 'utf8')).toContain(part);
    }
  });
});

async function runSession(text: string): Promise<void> {
  for (const { command, output } of sessionOf(text)) {
    const { stdout, stderr } = await run(command);
    expect(stdout.trim(), stderr).toMatch(patternOf(atTarget(output)));
  }
}

async function runCommands(text: string): Promise<void> {
  for (const command of commandsOf(text)) {
    if (command in runElsewhere) continue;
    if (command.startsWith('docker compose up')) await composeUp();
    else if (command.startsWith('tail -F')) await followFile(command);
    else if (command.startsWith('ONCELOG_STORE=')) await startMachines(command);
    else if (command.includes('.example.com') && machines.size === 0) continue;
    else expect(await run(command)).toMatchObject({ code: 0 });
  }
}

function run(command: string) {
  return runProgram('bash', ['-o', 'pipefail', '-c', atTarget(command)], {
    cwd: root,
    env: { ONCELOG_TARGET: target },
  });
}

function atTarget(text: string): string {
  const reached = text.replaceAll(/(localhost|127\.0\.0\.1):8080/g, target);
  return [...machines].reduce((all, [name, address]) => all.replaceAll(`${name}:8080`, address), reached);
}

/** The command as it stands, but for the database and the ports, on two machines of one. */
async function startMachines(command: string): Promise<void> {
  if (!hasService('postgres')) return;
  const url = databaseOfTest();
  for (const name of ['a.example.com', 'b.example.com']) {
    const here = command.replace(/postgresql:\S+/, `'${url}'`);
    const server = shell(here, { ONCELOG_PORT: '0', ONCELOG_DURABILITY: 'os' });
    ends.push(() => endGroup(server));
    machines.set(name, await listeningTarget(server));
  }
}

/** No engine runs here: a fresh aggregator and the publisher stand in for the two services. */
async function composeUp(): Promise<void> {
  const aggregator = await launchAggregator();
  ends.push(() => aggregator.end('SIGTERM'));
  target = aggregator.target;
  expect(await runNode(publisherMain, ['--target', target])).toMatchObject({ code: 0 });
}

/** A command that never ends by itself: it is given a line, seen to publish it, and interrupted. */
async function followFile(command: string): Promise<void> {
  writeFileSync(join(folder.path, 'app.log'), 'the first line\n');
  const follower = shell(command.replace('app.log', join(folder.path, 'app.log')), { ONCELOG_TARGET: target });
  await eventsOf('app', 1);
  appendFileSync(join(folder.path, 'app.log'), 'the second line\n');
  await eventsOf('app', 2);
  await endGroup(follower);
}

async function eventsOf(topic: string, count: number): Promise<void> {
  for (;;) {
    const events = (await (await fetch(`http://${target}/events?topic=${topic}`)).json()) as unknown[];
    if (events.length >= count) return;
  }
}

/** Each is run by a test: the first by the session that follows it, the other beside itself. */
function examples(): string {
  const files = ['../examples/publish-orders.ts', '../interop/publish_events.py'];
  return files.map((file) => readFileSync(new URL(file, import.meta.url), 'utf8')).join('\n');
}

function shell(command: string, env: Readonly<Record<string, string>>): ChildProcess {
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  return spawn('bash', ['-c', command], { cwd: root, env: cleanEnvironment(env), stdio: [...stdio], detached: true });
}

function listeningTarget(child: ChildProcess): Promise<string> {
  let output = '';
  return new Promise((resolve, reject) => {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const listening = /listens on http:\/\/(\S+)/.exec(output)?.[1];
      if (listening) resolve(listening);
    });
    child.once('exit', () => reject(new Error(`npm start ended before it listened:\n${output}`)));
  });
}

/** The whole process group: what a shell starts does not end with it. */
async function endGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  process.kill(-child.pid!, 'SIGTERM');
  await gone;
}
