// Tables that fit the terminal.
import Table from 'cli-table3';
import { createColors } from 'picocolors';
import type { OutputStream } from './cli-context.ts';
import { printable } from './printable-lines.ts';

export interface Column {
  readonly title: string;
  readonly alignRight?: boolean;
  /** May be cut short when the terminal is narrow; any other column is as wide as what it holds. */
  readonly flexible?: boolean;
  /** The last column, when all of it must be read: the terminal wraps it. */
  readonly wraps?: boolean;
}

const defaultColumns = 80;
const gap = 2;

/** Narrower than this a column says nothing. */
const flexibleMin = 4;

/** No rules and no frames: a table that can be read, selected and pasted. */
const noRules = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map((name) => [name, '']),
);

export function printTable(
  stream: OutputStream,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  env: Readonly<Partial<Record<string, string>>>,
  withTitles = true,
): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = widthsOf(columns, cells, stream.columns ?? defaultColumns);
  const table = new Table({
    head: withTitles ? columns.map(({ title }) => colorsFor(stream, env).dim(title)) : [],
    chars: noRules,
    colWidths: widths.map((width) => width + gap),
    colAligns: columns.map(({ alignRight }) => (alignRight ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gap },
    wordWrap: false,
  });
  table.push(...cells);
  return `${table.toString().replace(/[ ]+$/gm, '')}\n`;
}

/** Without the gaps. Beside the fixed columns the modest get what they want, and the rest share what is left. */
export function widthsOf(columns: readonly Column[], rows: readonly (readonly string[])[], total: number): number[] {
  const wanted = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const widths = wanted.map((width, index) => (columns[index]?.flexible ? 0 : width));
  const inLine = columns.map(({ wraps, title }, index) => (wraps ? title.length : widths[index]!));
  // The gap of the last column may reach over the edge, but a full last column would wrap on some terminals.
  let room = total - 1 - (columns.length - 1) * gap - inLine.reduce((sum, width) => sum + width, 0);
  const waiting = columns.flatMap(({ flexible }, index) => (flexible ? [index] : []));
  waiting.sort((a, b) => wanted[a]! - wanted[b]!);
  for (const [given, index] of waiting.entries()) {
    const share = Math.max(flexibleMin, Math.floor(room / (waiting.length - given)));
    widths[index] = Math.min(wanted[index]!, share);
    room -= widths[index];
  }
  return widths;
}

function colorsFor(stream: OutputStream, env: Readonly<Partial<Record<string, string>>>) {
  return createColors(Boolean(stream.isTTY) && (stream.getColorDepth?.(env) ?? 1) > 1);
}
