import { type StandInServer, startStandInServer } from '@oncelog/client/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { modes, type Options, parseOptions } from './options.ts';
import { runPublisher } from './publisher-run.ts';

let replicas: StandInServer[];

beforeEach(async () => {
  const first = await startStandInServer();
  replicas = [first, await startStandInServer(first.log)];
});

afterEach(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
});

it.each(modes)('a run goes on with the other replica when one is killed, in mode %s', async (mode) => {
  const targets = replicas.map(({ target, restTarget }) => (mode === 'rest' ? restTarget : target));
  const args = ['--target', targets.join(), '--mode', mode, '--count', '400', '--batch', '50'];
  let killed: Promise<void> | undefined;
  const update = (done: number) => {
    if (done >= 100) killed ??= replicas[0]!.close();
  };
  const { verification } = await runPublisher({
    options: parseOptions(args, {}) as Options,
    run: 'r',
    signal: new AbortController().signal,
    createDisplay: () => ({ start: () => {}, update, say: () => {}, end: () => {} }),
  });
  await killed;
  expect(killed).toBeDefined();
  expect(verification?.problems).toEqual([]);
  expect(replicas[1]!.log.events).toHaveLength(300);
});
