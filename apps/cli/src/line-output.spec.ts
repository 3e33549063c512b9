import { describe, expect, it } from 'vitest';
import type { OutputStream } from './cli-context.ts';
import { LineOutput } from './line-output.ts';

function recordingStream() {
  const writes: string[] = [];
  let drained = () => {};
  const state = { takesMore: true, taken: true };
  const stream: OutputStream = {
    closed: false,
    once: (_, listener) => (drained = listener),
    written: async () => state.taken,
    write(text) {
      writes.push(text);
      return state.takesMore;
    },
  };
  return { stream, writes, state, drain: () => drained() };
}

/** When all that was waiting to run has run. */
const idle = () => new Promise((resolve) => void setImmediate(resolve));

describe('lines', () => {
  it('that come one by one are written one by one, without being asked to', async () => {
    const { stream, writes } = recordingStream();
    const output = new LineOutput(stream);
    for (const line of ['a', 'b']) {
      await output.add(line);
      await idle();
    }
    expect(writes).toEqual(['a\n', 'b\n']);
  });

  it('that come together are written together', async () => {
    const { stream, writes } = recordingStream();
    const output = new LineOutput(stream);
    for (const line of ['a', 'b', 'c']) await output.add(line);
    await idle();
    expect(writes).toEqual(['a\nb\nc\n']);
  });

  it('are all written when it is flushed, and none twice', async () => {
    const { stream, writes } = recordingStream();
    const output = new LineOutput(stream);
    await output.add('a');
    await output.flush();
    await idle();
    expect(writes).toEqual(['a\n']);
  });

  it('are told to be lost by the last of them, not only by one that follows', async () => {
    const { stream, state } = recordingStream();
    let lost = 0;
    const output = new LineOutput(stream, () => (lost += 1));
    await output.add('a');
    await idle();
    expect(lost).toBe(0);
    state.taken = false;
    await output.add('b');
    await idle();
    expect(lost).toBe(1);
  });

  it('wait while the stream takes no more', async () => {
    const { stream, writes, state, drain } = recordingStream();
    const output = new LineOutput(stream);
    state.takesMore = false;
    await output.add('a');
    await idle();
    let added = false;
    const adding = output.add('b').then(() => (added = true));
    await idle();
    expect([writes, added]).toEqual([['a\n'], false]);
    drain();
    await adding;
    await idle();
    expect(writes).toEqual(['a\n', 'b\n']);
  });
});
