import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type StandInServer, startStandInServer } from '@oncelog/client/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

/** More output than any pipe holds. */
const count = 5000;

let server: StandInServer;
let folder: string;

beforeEach(async () => {
  server = await startStandInServer();
  folder = await mkdtemp(join(tmpdir(), 'oncelog-streams-'));
  const line = (_: unknown, index: number) => `{"topic":"a","event_id":"${index}"}\n`;
  await writeFile(join(folder, 'events.ndjson'), Array.from({ length: count }, line).join(''));
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** $oncelog is the command; the exit codes of a pipeline go to stderr. */
async function shell(script: string, path = process.env['PATH']) {
  const child = spawn('bash', ['-c', script], {
    cwd: folder,
    env: { PATH: path, ONCELOG_TARGET: server.target, oncelog: `${process.execPath} ${main}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

describe('a reader that has seen enough', () => {
  it('takes nothing away from what is published', async () => {
    const { stdout, stderr } = await shell(
      '$oncelog publish --file events.ndjson --json | head -1; echo "${PIPESTATUS[0]}" >&2',
    );
    expect(stdout.split('\n')).toHaveLength(2);
    expect(server.log.events).toHaveLength(count);
    expect(stderr).toBe('0\n');
  });

  it('leaves the exit code to what became of the events', async () => {
    const lines = '\'{"topic":"a","event_id":"1"}\' \'{"topic":"a"}\'';
    const { stderr } = await shell(`printf '%s\\n' ${lines} | { $oncelog publish --json; echo $? >&2; } | true`);
    expect(stderr).toBe('4\n');
  });

  it('ends a listing quietly', async () => {
    await shell('$oncelog publish --file events.ndjson');
    const { stdout, stderr } = await shell('$oncelog events --all | head -1; echo "${PIPESTATUS[0]}" >&2');
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toBe('0\n');
  });

  it('ends a tail, though nothing more comes', async () => {
    await shell('$oncelog publish orders --id 1');
    // The tail begins when nobody reads any more: its one line is lost.
    const untilNobodyReads = "trap '' PIPE; while printf . 2>/dev/null; do :; done";
    const { stderr } = await shell(`{ ${untilNobodyReads}; $oncelog tail; echo $? >&2; } | true`);
    expect(stderr).toBe('0\n');
  });

  it('of the errors takes nothing away either', async () => {
    const lines = [...Array.from({ length: count }, () => 'no JSON'), '{"topic":"a","event_id":"1"}', ''];
    await writeFile(join(folder, 'mixed.ndjson'), lines.join('\n'));
    const { stdout } = await shell(
      '{ { $oncelog publish --file mixed.ndjson 2>&1 >/dev/null; echo $? >&3; } | true; } 3>&1',
    );
    expect(stdout).toBe('4\n');
    expect(server.log.events).toHaveLength(1);
  });
});

describe.runIf(process.platform === 'linux')('an output that is full', () => {
  const told = /^cannot write to standard output: ENOSPC[^\n]*\n$/;

  it.each(['$oncelog stats', '$oncelog events', '$oncelog publish --file events.ndjson'])(
    'is told in one line, with exit code 1: %s',
    async (command) => {
      await shell('$oncelog publish --file events.ndjson');
      const { code, stderr } = await shell(`${command} > /dev/full`);
      expect(stderr).toMatch(told);
      expect(code).toBe(1);
    },
  );

  it('takes nothing away from what is published', async () => {
    const { code, stderr } = await shell('$oncelog publish --file events.ndjson --json > /dev/full');
    expect(server.log.events).toHaveLength(count);
    expect(JSON.parse(stderr)).toMatchObject({ code: 'OUTPUT_FAILED', exit_code: 1 });
    expect(code).toBe(1);
  });
});

describe('the content of one event', () => {
  const stored = () => server.log.events.map(({ event }) => [event?.contentType, textOf(event?.content.value)]);
  const textOf = (value: unknown) => (value === undefined ? undefined : Buffer.from(value as Uint8Array).toString());

  it('comes from a pipe and from a file, and not from /dev/null', async () => {
    const { stderr } = await shell(`echo '{"total":42}' | $oncelog publish orders --id 1
      echo '{"total":43}' > one.json; $oncelog publish orders --id 2 < one.json
      $oncelog publish orders --id 3 </dev/null
      $oncelog publish orders --id 4 <&-
      : | $oncelog publish orders --id 5
      echo other | $oncelog publish orders --id 6 --payload '{}'`);
    expect(stderr).toBe('');
    expect(stored()).toEqual([
      ['application/json', '{"total":42}'],
      ['application/json', '{"total":43}'],
      ['', undefined],
      ['', undefined],
      ['', undefined],
      ['application/json', '{}'],
    ]);
  });

  it('is not waited for where a parent process leaves a socket open', async () => {
    const child = spawn(process.execPath, [main, 'publish', 'orders', '--id', '1', '--target', server.target], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    child.stdin.destroy();
    expect(code).toBe(0);
    expect(server.log.events).toHaveLength(1);
  });
});

describe('the completion script', () => {
  it('says what it needs when oncelog is not on the PATH', async () => {
    const { stderr } = await shell('source <($oncelog completion bash)', '/usr/bin:/bin');
    expect(stderr).toMatch(/^the completion of oncelog needs oncelog on the PATH/);
  });

  it('completes for a command that is found', async () => {
    const { stdout, stderr } = await shell(`oncelog() { '${process.execPath}' '${main}' "$@"; }
      source <($oncelog completion bash)
      COMP_WORDS=(oncelog st) COMP_CWORD=1; _oncelog; echo "\${COMPREPLY[@]}"`);
    expect({ stdout, stderr }).toEqual({ stdout: 'stats\n', stderr: '' });
  });
});

describe('a pipe into a command that reads nothing', () => {
  it.each(['stats', 'health', 'events'])('is no hindrance to %s', async (command) => {
    const { code, stderr } = await shell(`echo ignored | $oncelog ${command}`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
