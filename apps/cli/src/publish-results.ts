// What became of published events: told as it is known, and summed up in the exit code.
import { OncelogClientError, OutcomeStatus, OutcomeStatusSchema, timestampDate } from '@oncelog/client';
import { type CliContext, write } from './cli-context.ts';
import { conflictExitCode, failureText, refusedExitCode } from './failure-text.ts';
import type { Result } from './publish-batch.ts';
import type { Item } from './publish-input.ts';
import { printable } from './printable-lines.ts';
import { withProgressBar } from './progress-bar.ts';
import { ago } from './relative-time.ts';

/** A summary that changes faster than this cannot be read. */
const redrawMs = 100;

const columnsDefault = 80;

export function outcomeJson(item: Item, result: Result): string {
  if (result instanceof OncelogClientError) return refusedJson(item, 'outcome', result);
  const { status, position, firstStoredTime: first } = result;
  const outcome = {
    ...nameOf(item),
    outcome: OutcomeStatusSchema.value[status]?.localName,
    position: status === OutcomeStatus.ACCEPTED ? undefined : Number(position),
    first_stored_time: first && timestampDate(first).toISOString(),
  };
  return printable(JSON.stringify(outcome));
}

/** `field` is where the command tells what became of an event. */
export function refusedJson(item: Item, field: 'outcome' | 'status', failure: OncelogClientError): string {
  const { code, message: error, violations } = failure;
  return printable(JSON.stringify({ ...nameOf(item), place: item.place, [field]: 'REFUSED', code, error, violations }));
}

function nameOf({ event }: Item) {
  return { topic: event?.topic, event_id: event?.eventId };
}

export function outcomeText(item: Item, result: Result): string {
  if (result instanceof OncelogClientError) return `${item.place}: ${failureText(result)}`;
  const name = printable(`${item.event?.topic}/${item.event?.eventId}`);
  const { status, position, firstStoredTime } = result;
  if (status === OutcomeStatus.STORED) return `STORED ${name} at position ${position}`;
  if (status === OutcomeStatus.ACCEPTED) return `ACCEPTED ${name}: queued by the broker, to be stored soon`;
  if (status === OutcomeStatus.DUPLICATE) {
    return `DUPLICATE ${name}: already stored ${ago(firstStoredTime)} at position ${position}`;
  }
  const first = `stored ${ago(firstStoredTime)} at position ${position}`;
  return `CONFLICT ${name}: ${first} with other content, which is kept; this was dropped`;
}

export class PublishResults {
  readonly #context: CliContext;
  readonly #json: boolean;
  /** Of the file; undefined when nobody knows how much will come. */
  readonly #bytesTotal: number | undefined;
  #bytesDone = 0;
  readonly #counts = { stored: 0, duplicates: 0, conflicts: 0, queued: 0, refused: 0 };
  #drawnAtMs = 0;

  constructor(context: CliContext, json: boolean, bytesTotal?: number) {
    this.#context = context;
    this.#json = json;
    this.#bytesTotal = bytesTotal;
  }

  async add(items: readonly Item[], results: readonly Result[]): Promise<void> {
    const problems: string[] = [];
    for (const [index, result] of results.entries()) {
      this.#count(result);
      this.#bytesDone += items[index]!.bytes ?? 0;
      if (result instanceof OncelogClientError || result.status === OutcomeStatus.CONFLICT) {
        problems.push(`${outcomeText(items[index]!, result)}\n`);
      }
    }
    const { stdout } = this.#context.process;
    if (this.#json)
      await write(stdout, results.map((result, index) => `${outcomeJson(items[index]!, result)}\n`).join(''));
    else if (problems.length > 0) await this.#writeAbove(problems.join(''));
    await this.#redraw();
  }

  /** A line beside the outcomes, such as a retry. */
  async say(text: string): Promise<void> {
    await this.#writeAbove(`${printable(this.#json ? JSON.stringify({ notice: text }) : text)}\n`);
  }

  /** Sums up; after a failure only when there is something to sum up. */
  async end(failed: boolean): Promise<void> {
    await this.#writeAbove('');
    if (!this.#json && (!failed || this.#total > 0)) await write(this.#context.process.stdout, `${this.#summary()}\n`);
  }

  get exitCode(): number {
    if (this.#counts.refused > 0) return refusedExitCode;
    return this.#counts.conflicts > 0 ? conflictExitCode : 0;
  }

  #count(result: Result): void {
    if (result instanceof OncelogClientError) this.#counts.refused += 1;
    else if (result.status === OutcomeStatus.DUPLICATE) this.#counts.duplicates += 1;
    else if (result.status === OutcomeStatus.CONFLICT) this.#counts.conflicts += 1;
    else if (result.status === OutcomeStatus.ACCEPTED) this.#counts.queued += 1;
    else this.#counts.stored += 1;
  }

  get #total(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }

  #summary(): string {
    const { stored, duplicates, conflicts, queued, refused } = this.#counts;
    const outcomes = `${stored} stored, ${duplicates} duplicates, ${conflicts} conflicts`;
    // A broker takes all there are, and says nothing of what becomes of them.
    const known = stored + duplicates + conflicts > 0 || queued === 0 ? [outcomes] : [];
    if (queued > 0) known.push(`${queued} queued`);
    if (refused > 0) known.push(`${refused} refused`);
    return `${this.#total} events: ${known.join(', ')}`;
  }

  #progress(): string {
    const { columns = columnsDefault } = this.#context.process.stderr;
    if (this.#bytesTotal === undefined) return this.#summary().slice(0, columns - 1);
    return withProgressBar(Math.min(1, this.#bytesDone / this.#bytesTotal), this.#summary(), columns);
  }

  get #redrawn(): boolean {
    return !this.#json && (this.#context.process.stderr.isTTY ?? false);
  }

  async #redraw(): Promise<void> {
    const nowMs = performance.now();
    if (!this.#redrawn || nowMs - this.#drawnAtMs < redrawMs) return;
    this.#drawnAtMs = nowMs;
    await write(this.#context.process.stderr, `\r\u001b[K${this.#progress()}`);
  }

  async #writeAbove(text: string): Promise<void> {
    const clear = this.#redrawn && this.#drawnAtMs > 0 ? '\r\u001b[K' : '';
    if (clear + text !== '') await write(this.#context.process.stderr, clear + text);
  }
}
