// How the answers to lines go back: summed up at the end, or streamed while the lines still come.
import { answerStatus, countersJson, outcomeJson } from '../outcome-json.ts';
import { errorBody } from '../error-to-rest.ts';
import type { RestAnswer } from '../rest-answer.ts';
import type { LinePublisher, SettledLine } from './publish-lines.ts';

export interface LineAnswers {
  /** Resolves when there is room for more. */
  add(lines: readonly SettledLine[]): Promise<void>;
  /** The body was read to its end. */
  end(publisher: LineTotals): Promise<RestAnswer | undefined>;
  /** It was not; what has gone out already gets the failure as its last line. */
  fail(failure: unknown): void;
}

export type LineTotals = Pick<LinePublisher, 'linesRead' | 'refused' | 'summary'>;

export function lineJson(line: SettledLine) {
  const { number } = line;
  return 'error' in line
    ? { line: number, error: errorBody(line.error) }
    : { line: number, ...outcomeJson(line.event, line.outcome) };
}

export function totalsJson({ linesRead, refused, summary }: LineTotals) {
  return { status: answerStatus(summary).word, lines: linesRead, ...countersJson(summary), refused };
}
