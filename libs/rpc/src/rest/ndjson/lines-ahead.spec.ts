import type { Outcome } from '@oncelog/core';
import { describe, expect, it } from 'vitest';
import { turn } from '../testing/rest-server.ts';
import { longBody, line, publishedLines } from './testing/published-lines.ts';

async function takenAfterManyTurns(taken: { bytes: number }): Promise<number> {
  for (let before = -1; before !== taken.bytes;) {
    before = taken.bytes;
    for (let turns = 0; turns < 20; turns += 1) await turn();
  }
  return taken.bytes;
}

describe('what waits', () => {
  const mebibyte = 1024 * 1024;

  it.each([
    ['events', longBody(100), mebibyte],
    ['bytes', longBody(1, `,"payload":{"text":"${'x'.repeat(200_000)}"}`), 5 * mebibyte],
  ])('for its commit is bounded in %s: no more of the body is read meanwhile', async (_name, { body, taken }, max) => {
    const { publisher } = publishedLines((ingest) => ({ ...ingest, publish: () => new Promise<Outcome[]>(() => {}) }));
    void publisher.publish(body);
    expect(await takenAfterManyTurns(taken)).toBeLessThan(max);
    // Line breaks do not wait.
    expect(publisher.bytesAhead).toBe(taken.bytes - taken.lines);
  });

  it('for its answer to be taken is bounded, also when no line holds an event', async () => {
    const { publisher, holdAnswers } = publishedLines();
    holdAnswers();
    let pulled = 0;
    async function* bad() {
      for (; pulled < 16; pulled += 1) yield Buffer.from('x\n'.repeat(32 * 1024));
    }
    void publisher.publish(bad());
    for (let turns = 0; turns < 100; turns += 1) await turn();
    expect(pulled).toBe(0);
    expect(publisher.linesRead).toBeLessThan(9001);
  });

  it('never grows over 200,000 lines, and all of them are stored', async () => {
    const { publisher } = publishedLines();
    let most = 0;
    async function* body() {
      for (let first = 0; first < 200_000; first += 500) {
        yield Buffer.from(Array.from({ length: 500 }, (_, index) => line(`${first + index}`)).join(''));
        most = Math.max(most, publisher.bytesAhead);
      }
    }
    await publisher.publish(body());
    expect(publisher.summary.stored).toBe(200_000);
    expect(most).toBeLessThan(mebibyte);
    expect(publisher.bytesAhead).toBe(0);
  });
});
