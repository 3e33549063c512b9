import { describe, expect, it } from 'vitest';
import type { OncelogError } from '@oncelog/core';
import { CalledThread } from './call-thread.ts';

type Calls = {
  echo: { request: string; result: string };
  wait: { request: undefined; result: undefined };
  die: { request: undefined; result: undefined };
  close: { request: undefined; result: undefined };
};

/** Answers echo, never answers wait, and dies when it is told to. */
const thread = `
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', ({ id, name, request }) => {
    if (name === 'die') throw new Error('as asked');
    if (name === 'echo') parentPort.postMessage({ id, result: request });
    if (name === 'close') { parentPort.postMessage({ id, result: undefined }); parentPort.close(); }
  });`;
const options = {
  directory: '',
  durability: 'os',
  sourcesCountedMax: 1,
  dropsKeptMax: 1,
  keysUnindexedMax: 1,
} as const;

function start() {
  const faults: OncelogError[] = [];
  const file = new URL(`data:text/javascript,${encodeURIComponent(thread)}`);
  return { faults, called: new CalledThread<Calls>('test', file, options, (error) => faults.push(error)) };
}

describe('a thread that is called', () => {
  it('answers each call', async () => {
    const { called, faults } = start();
    const answers = await Promise.all(['a', 'b', 'c'].map((text) => called.call('echo', text)));
    expect(answers).toEqual(['a', 'b', 'c']);
    await called.close();
    expect(faults).toEqual([]);
  });

  it('leaves unknown what it was doing when it died, and refuses what comes later', async () => {
    const { called, faults } = start();
    const waiting = [called.call('wait', undefined), called.call('wait', undefined), called.call('die', undefined)];
    for (const { reason } of (await Promise.allSettled(waiting)) as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ code: 'STORE_UNAVAILABLE', outcome: 'unknown', cause: { message: 'as asked' } });
    }
    expect(faults).toMatchObject([{ code: 'STORE_UNAVAILABLE', outcome: 'unknown' }]);
    await expect(called.call('echo', 'a')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', outcome: 'none' });
    await called.close();
  });
});
