import { afterEach, describe, expect, it, vi } from 'vitest';
import { Turns } from './turns.ts';

/** A piece of work that ends when it is told to. */
function piece() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { work: vi.fn<() => Promise<string>>(() => promise), end: resolve, fail: reject };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

afterEach(() => {
  vi.useRealTimers();
});

describe('turns', () => {
  it('do one piece after the other, in the order they were asked for', async () => {
    const turns = new Turns(() => false);
    const [first, second] = [piece(), piece()];
    const answers = [turns.inTurn(first.work), turns.inTurn(second.work)];
    await settled();
    expect(first.work).toHaveBeenCalledOnce();
    expect(second.work).not.toHaveBeenCalled();
    first.end('a');
    await settled();
    expect(second.work).toHaveBeenCalledOnce();
    second.end('b');
    expect(await Promise.all(answers)).toEqual(['a', 'b']);
  });

  it('go on after a piece that fails', async () => {
    const turns = new Turns(() => false);
    const [first, second] = [piece(), piece()];
    const answers = [turns.inTurn(first.work), turns.inTurn(second.work)];
    first.fail(new Error('no'));
    await expect(answers[0]).rejects.toThrow('no');
    second.end('b');
    expect(await answers[1]).toBe('b');
  });

  it('pause for as long as a piece took while something is urgent, and answer before that', async () => {
    vi.useFakeTimers();
    let urgent = true;
    const turns = new Turns(() => urgent);
    const [first, second, third] = [piece(), piece(), piece()];
    const answers = [first, second, third].map(({ work }) => turns.inTurn(work));
    await settled();
    await vi.advanceTimersByTimeAsync(40);
    first.end('a');
    expect(await answers[0]).toBe('a');
    await vi.advanceTimersByTimeAsync(39);
    expect(second.work).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(second.work).toHaveBeenCalledOnce();
    urgent = false;
    await vi.advanceTimersByTimeAsync(40);
    second.end('b');
    await settled();
    expect(third.work).toHaveBeenCalledOnce();
    third.end('c');
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c']);
  });
});
