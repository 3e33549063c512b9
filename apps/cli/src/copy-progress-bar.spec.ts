import { expect, it } from 'vitest';
import type { CliContext } from './cli-context.ts';
import { CopyProgressBar } from './copy-progress-bar.ts';

function barOn(terminal: boolean, json = false) {
  const written: string[] = [];
  const stream = {
    isTTY: terminal,
    columns: 70,
    closed: false,
    write: (text: string) => written.push(text) > 0,
    once: () => {},
    written: async () => true,
  };
  const process: CliContext['process'] = { stdout: stream, stderr: stream, env: {} };
  return { bar: new CopyProgressBar({ process } as CliContext, json), written };
}

it('shows each step on a line that is drawn over, and leaves nothing behind', async () => {
  const { bar, written } = barOn(true);
  bar.onProgress({ step: 'copying', done: 0, total: 4000 });
  bar.onProgress({ step: 'copying', done: 1000, total: 4000 });
  bar.onProgress({ step: 'verifying', done: 4000, total: 4000 });
  await bar.clear();
  expect(written).toEqual([
    '\r\u001b[K[------------------------]   0 %  copying 0 of 4,000 events',
    '\r\u001b[K[########################] 100 %  verifying 4,000 of 4,000 events',
    '\r\u001b[K',
  ]);
  expect(bar.last).toEqual({ step: 'verifying', done: 4000, total: 4000 });
});

it('shows nothing where nobody looks, but knows how far it has come', async () => {
  for (const { bar, written } of [barOn(false), barOn(true, true)]) {
    bar.onProgress({ step: 'copying', done: 7, total: 9 });
    await bar.clear();
    expect(written).toEqual([]);
    expect(bar.last?.done).toBe(7);
  }
});
