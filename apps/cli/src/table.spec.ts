import { describe, expect, it } from 'vitest';
import { printTable, widthsOf } from './table.ts';
import { eventColumns } from './event-rows.ts';

function stream(columns: number) {
  return { columns, write: () => true, closed: false, once: () => {}, written: async () => true };
}

const rows = [
  ['7', '12:00:00', 'orders', 'order-1', '{"total":42}'],
  ['1234567', '12:00:00', 'a-topic-with-quite-a-long-name', 'c0ffee'.repeat(11), '{"text":"'.padEnd(500, 'x')],
];

describe('a table', () => {
  it.each([60, 80, 132])('fits %i columns', (columns) => {
    const lines = printTable(stream(columns), eventColumns, rows, {}).trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.length).toBeLessThan(columns);
  });

  it('is as narrow as what it holds', () => {
    expect(printTable(stream(80), eventColumns, rows.slice(0, 1), {})).toBe(
      'POSITION  STORED    TOPIC   EVENT ID  CONTENT\n       7  12:00:00  orders  order-1   {"total":42}\n',
    );
  });

  it('never cuts a column of numbers', () => {
    const columns = [
      { title: 'NAME', flexible: true },
      { title: 'COUNT', alignRight: true },
    ];
    expect(printTable(stream(20), columns, [['a'.repeat(50), '123,456,789']], {})).toContain('123,456,789');
  });

  it('shows all of a last column that wraps, and gives it no room of the others', () => {
    const columns = [
      { title: 'ID', flexible: true },
      { title: 'REASON', wraps: true },
    ];
    const text = printTable(stream(30), columns, [['i'.repeat(50), 'because of this and that and whatever else']], {});
    expect(text).toMatch(/^i{20}… {2}because of this and that and whatever else$/m);
  });

  it('has no escape codes when it is not for a terminal', () => {
    expect(printTable(stream(80), eventColumns, rows, {})).not.toContain('\u001b');
  });

  it('gives modest columns what they want and shares the rest', () => {
    const columns = [
      { title: 'A', flexible: true },
      { title: 'B', flexible: true },
      { title: 'C', flexible: true },
    ];
    expect(widthsOf(columns, [['aa', 'b'.repeat(90), 'c'.repeat(90)]], 47)).toEqual([2, 20, 20]);
  });
});
