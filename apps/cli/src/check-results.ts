// What is stored already of the events that were checked: told batch by batch, and summed up in the exit code.
import {
  type CheckedEvent,
  CheckStatus,
  CheckStatusSchema,
  OncelogClientError,
  type Timestamp,
  timestampDate,
} from '@oncelog/client';
import { type CliContext, write } from './cli-context.ts';
import { conflictExitCode, failureText, refusedExitCode } from './failure-text.ts';
import { printable } from './printable-lines.ts';
import type { ResultOf } from './publish-batch.ts';
import type { Item } from './publish-input.ts';
import { refusedJson } from './publish-results.ts';
import { ago } from './relative-time.ts';
import { type Column, printTable } from './table.ts';

type Result = ResultOf<CheckedEvent>;

const columns: readonly Column[] = [
  { title: 'STATUS' },
  { title: 'POSITION', alignRight: true },
  { title: 'STORED' },
  { title: 'TOPIC', flexible: true },
  { title: 'EVENT ID', flexible: true },
];

export class CheckResults {
  readonly #context: CliContext;
  readonly #json: boolean;
  readonly #counts = { stored: 0, conflicts: 0, new: 0, refused: 0 };
  #titled = false;

  constructor(context: CliContext, json: boolean) {
    this.#context = context;
    this.#json = json;
  }

  async add(items: readonly Item[], results: readonly Result[]): Promise<void> {
    const { stdout, stderr } = this.#context.process;
    for (const result of results) this.#count(result);
    if (this.#json) {
      await write(stdout, results.map((result, index) => `${jsonOf(items[index]!, result)}\n`).join(''));
      return;
    }
    const rows: string[][] = [];
    for (const [index, result] of results.entries()) {
      const item = items[index]!;
      if (!(result instanceof OncelogClientError)) rows.push(rowOf(item, result, stdout.isTTY ? ago : isoTime));
      else await write(stderr, `${item.place}: ${failureText(result)}\n`);
    }
    await write(stdout, this.#printed(rows));
  }

  /** People who look at many rows are told how many of each there were. */
  async end(): Promise<void> {
    const { stdout, stderr } = this.#context.process;
    const { stored, conflicts, new: unknown, refused } = this.#counts;
    const total = stored + conflicts + unknown + refused;
    if (this.#json || !stdout.isTTY || total < 2) return;
    const tail = refused > 0 ? `, ${refused} refused` : '';
    await write(stderr, `${total} events: ${stored} stored as given, ${conflicts} conflicts, ${unknown} new${tail}\n`);
  }

  get exitCode(): number {
    const { conflicts, new: unknown, refused } = this.#counts;
    if (refused > 0) return refusedExitCode;
    if (conflicts > 0) return conflictExitCode;
    return unknown > 0 ? refusedExitCode : 0;
  }

  #count(result: Result): void {
    if (result instanceof OncelogClientError) this.#counts.refused += 1;
    else if (result.status === CheckStatus.DUPLICATE) this.#counts.stored += 1;
    else if (result.status === CheckStatus.CONFLICT) this.#counts.conflicts += 1;
    else this.#counts.new += 1;
  }

  #printed(rows: readonly string[][]): string {
    const { stdout } = this.#context.process;
    if (!stdout.isTTY) return rows.map((row) => `${row.map(printable).join('\t')}\n`).join('');
    if (rows.length === 0) return '';
    const table = printTable(stdout, columns, rows, this.#context.env, !this.#titled);
    this.#titled = true;
    return table;
  }
}

function rowOf({ event }: Item, checked: CheckedEvent, timeText: (time: Timestamp) => string): string[] {
  const { status, position, firstStoredTime: time } = checked;
  const stored = time ? [String(position), timeText(time)] : ['', ''];
  return [nameOf(status), ...stored, event?.topic ?? '', event?.eventId ?? ''];
}

function isoTime(time: Timestamp): string {
  return timestampDate(time).toISOString();
}

function jsonOf(item: Item, result: Result): string {
  if (result instanceof OncelogClientError) return refusedJson(item, 'status', result);
  const { status, position, firstStoredTime: time } = result;
  const stored = time && { position: Number(position), first_stored_time: isoTime(time) };
  const { topic, eventId } = item.event!;
  return printable(JSON.stringify({ topic, event_id: eventId, status: nameOf(status), ...stored }));
}

function nameOf(status: CheckStatus): string {
  return CheckStatusSchema.value[status]?.localName ?? '';
}
