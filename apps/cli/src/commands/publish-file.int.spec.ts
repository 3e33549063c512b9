import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StandInServer, startStandInServer } from '@oncelog/client/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandOptions, runCommand } from '../testing/run-command.ts';

let server: StandInServer;

beforeEach(async () => {
  server = await startStandInServer();
});

afterEach(() => server.close());

function oncelog(args: string[], options: CommandOptions = {}) {
  return runCommand(args, { target: server.target, ...options });
}

describe('publishing a file', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oncelog-cli-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function file(name: string, text: string | Buffer): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  }

  it.each([
    ['one.json', '{"topic":"a","event_id":"1"}', 1],
    ['list.json', '[{"topic":"a","event_id":"1"},{"topic":"a","event_id":"2"}]', 2],
    ['events.json', '{"events":[{"topic":"a","event_id":"1"}]}', 1],
    ['marked.json', '\ufeff[{"topic":"a","event_id":"1"}]', 1],
    ['marked.ndjson', '\ufeff{"topic":"a","event_id":"1"}\n', 1],
    ['lines.ndjson', '{"topic":"a","event_id":"1"}\n{"topic":"a","event_id":"2"}\n', 2],
  ])('takes %s', async (name, text, count) => {
    const { exitCode } = await oncelog(['publish', '--file', await file(name, text)]);
    expect(exitCode).toBe(0);
    expect(server.log.events).toHaveLength(count);
  });

  it('sends nothing of a document with a mistake in it', async () => {
    const { exitCode, stderr } = await oncelog([
      'publish',
      '-f',
      await file('a.json', '[{"topic":"a","event_id":"1"},{"topic":"a"}]'),
    ]);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('events[1].event_id');
    expect(server.log.events).toHaveLength(0);
  });

  it('refuses a document that is not UTF-8', async () => {
    const text = Buffer.concat([Buffer.from('[{"topic":"a","event_id":"'), Buffer.from([0xff]), Buffer.from('"}]')]);
    const { exitCode, stderr } = await oncelog(['publish', '-f', await file('a.json', text)]);
    expect(stderr).toBe('MALFORMED: file: must be UTF-8\n');
    expect(exitCode).toBe(4);
    expect(server.log.events).toHaveLength(0);
  });

  it('sends more than fits one request', async () => {
    const events = Array.from({ length: 2500 }, (_, index) => ({ topic: 'a', event_id: String(index) }));
    const { stdout } = await oncelog(['publish', '--file', await file('many.json', JSON.stringify(events))]);
    expect(stdout).toBe('2500 events: 2500 stored, 0 duplicates, 0 conflicts\n');
  });

  it.each([
    ['events.json', JSON.stringify([{ topic: 'a', event_id: '1' }])],
    ['lines.ndjson', '{"topic":"a","event_id":"1"}\nnope\n'],
  ])('shows on a terminal how far %s has come, within its columns', async (name, text) => {
    const path = await file(name, text);
    const { stderr } = await oncelog(['publish', '-f', path], { terminal: true, columns: 100 });
    expect(stderr).toContain(`[${'#'.repeat(24)}] 100 %  `);
    expect(stderr).toContain('1 stored, 0 duplicates, 0 conflicts');
    const narrow = await oncelog(['publish', '-f', path], { terminal: true, columns: 30 });
    const drawn = narrow.stderr.split('\r\u001b[K').filter((line) => line.startsWith('100 %  '));
    expect(drawn.map((line) => line.length)).toEqual([29]);
  });
});
