import { describe, expect, it } from 'vitest';
import { formatNumber, renderTable } from './table.ts';

describe('a number', () => {
  it.each([
    [undefined, '–'],
    [0, '0'],
    [0.123, '0.12'],
    [9.999, '10.00'],
    [12.34, '12.3'],
    [1234.5, '1,235'],
    [1_234_567, '1,234,567'],
    [Infinity, '∞'],
  ])('%s is shown as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

it('columns are as wide as what they hold, without white space at the end', () => {
  const columns = [
    { title: 'name', align: 'left', text: ([name]: readonly string[]) => name! },
    { title: 'n', align: 'right', text: ([, n]: readonly string[]) => n! },
    { title: 'word', align: 'left', text: ([, , word]: readonly string[]) => word! },
  ] as const;
  const rows = [
    ['a', '1', 'x'],
    ['longer', '1,000', ''],
  ];
  expect(renderTable(columns, rows)).toEqual(['name       n word', 'a          1 x', 'longer 1,000']);
});
