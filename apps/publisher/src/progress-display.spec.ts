import { describe, expect, it } from 'vitest';
import { createProgressDisplay, progressLine } from './progress-display.ts';

function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { written, stream: { isTTY, columns: 60, write: (text: string) => written.push(text) } };
}

describe('the progress line', () => {
  it('fits 60 columns, also for millions of events', () => {
    const line = progressLine(2_500_000, 5_000_000, 123_456.7, 60);
    expect(line).toMatch(/^\[#+-+\]  50 %  2,500,000\/5,000,000  123,457\/s$/);
    expect(line.length).toBeLessThan(60);
  });

  it.each([10, 20, 30, 40, 80, 200])('fits %i columns', (columns) => {
    expect(progressLine(2_500_000, 5_000_000, 123_456, columns).length).toBeLessThan(columns);
  });

  it('reaches 100 % only at the end', () => {
    expect(progressLine(4999, 5000, 1, 80)).toContain(' 99 %');
    expect(progressLine(5000, 5000, 1, 80)).toContain('100 %');
  });
});

describe('the display', () => {
  it('redraws one line on a terminal', () => {
    const { stream, written } = recorder(true);
    const display = createProgressDisplay(stream, 10, false);
    display.update(10);
    display.end();
    expect(written.at(-2)).toMatch(/^\r\u001b\[K\[#+\] 100 %/);
    expect(written.at(-1)).toBe('\n');
  });

  it('writes plain lines elsewhere', () => {
    const { stream, written } = recorder(false);
    const display = createProgressDisplay(stream, 10, false);
    display.update(10);
    display.say('hello');
    display.end();
    expect(written).toEqual(['hello\n', expect.stringMatching(/^100 %  10\/10  [\d,]+\/s\n$/)]);
  });

  it('says nothing when quiet', () => {
    const { stream, written } = recorder(true);
    const display = createProgressDisplay(stream, 10, true);
    display.update(10);
    display.say('hello');
    display.end();
    expect(written).toEqual([]);
  });
});
