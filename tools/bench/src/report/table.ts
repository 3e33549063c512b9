// Columns of text for a terminal of 100 columns.

export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly text: (row: Row) => string;
}

/** A figure that was not measured: nobody should take it for a zero. */
export const missing = '–';

export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ text }) => text(row)))];
  const widths = columns.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  const lines = cells.map((line) => line.map((text, column) => pad(text, widths[column]!, columns[column]!)).join(' '));
  return lines.map((line) => line.trimEnd());
}

/** 1234.5 → "1,235"; below 100 with the digits that still say something. */
export function formatNumber(value: number | undefined): string {
  if (value === undefined) return missing;
  if (!Number.isFinite(value)) return '∞';
  const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function formatPercent(part: number): string {
  return `${Math.round(part * 100)}%`;
}

function pad(text: string, width: number, { align }: Pick<Column<never>, 'align'>): string {
  return align === 'left' ? text.padEnd(width) : text.padStart(width);
}
