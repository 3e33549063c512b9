// What is shown while the load runs: one redrawn line on a terminal, now and then a plain one elsewhere.

const redrawMs = 100;
const plainLineMs = 2000;
const barColumnsMax = 24;

export interface DisplayStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressDisplay {
  /** Rates count from here. */
  start(): void;
  update(done: number): void;
  /** A line of its own, above the bar. */
  say(line: string): void;
  end(): void;
}

export function createProgressDisplay(stream: DisplayStream, total: number, quiet: boolean): ProgressDisplay {
  if (quiet) return { start: () => {}, update: () => {}, say: () => {}, end: () => {} };
  let startMs = performance.now();
  const terminal = stream.isTTY ?? false;
  let shownAtMs = startMs;
  let line = '';
  let done = 0;
  let shown = -1;

  const rate = () => done / Math.max(0.001, (performance.now() - startMs) / 1000);
  const draw = () => {
    shown = done;
    line = terminal ? progressLine(done, total, rate(), stream.columns ?? 80) : figures(done, total, rate());
    stream.write(terminal ? `\r\u001b[K${line}` : `${line}\n`);
  };
  return {
    start() {
      startMs = performance.now();
    },
    update(now) {
      done = now;
      const nowMs = performance.now();
      if (nowMs - shownAtMs < (terminal ? redrawMs : plainLineMs)) return;
      shownAtMs = nowMs;
      draw();
    },
    say(text) {
      stream.write(terminal ? `\r\u001b[K${text}\n${line}` : `${text}\n`);
    },
    end() {
      if (terminal || shown !== done) draw();
      if (terminal) stream.write('\n');
      line = '';
    },
  };
}

/** Fits the columns: the bar gives way first, then the end of the line. */
export function progressLine(done: number, total: number, ratePerSecond: number, columns: number): string {
  const text = figures(done, total, ratePerSecond);
  const barColumns = Math.min(barColumnsMax, columns - 1 - text.length - 3);
  if (barColumns >= 4) {
    const full = Math.floor(shareOf(done, total) * barColumns);
    return `[${'#'.repeat(full)}${'-'.repeat(barColumns - full)}] ${text}`;
  }
  return text.slice(0, columns - 1);
}

function figures(done: number, total: number, ratePerSecond: number): string {
  const percent = `${Math.floor(shareOf(done, total) * 100)} %`.padStart(5);
  return `${percent}  ${grouped(done)}/${grouped(total)}  ${grouped(Math.round(ratePerSecond))}/s`;
}

function shareOf(done: number, total: number): number {
  return Math.min(1, done / total);
}

export function grouped(number: number): string {
  return number.toLocaleString('en-US');
}
