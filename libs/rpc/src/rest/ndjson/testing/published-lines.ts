// A publisher of lines over the memory store, and all that it tells.
import { defaultLimits } from '@oncelog/core';
import { createIngest, type Ingest } from '@oncelog/ingest';
import { createMemoryEventStore } from '@oncelog/store-memory';
import { LinePublisher, type SettledLine } from '../publish-lines.ts';

export const limits = { ...defaultLimits, requestBytesMax: 300_000 };

/** What becomes of a line, by value. */
function told(line: SettledLine) {
  if ('error' in line) return [line.number, line.error.code, line.error.violations[0]?.field];
  return [line.number, line.event.eventId, line.outcome.status, Buffer.from(line.event.content.bytes).toString()];
}

export function publishedLines(wrap: (ingest: Ingest) => Ingest = (ingest) => ingest) {
  const store = createMemoryEventStore({ limits });
  const answers: ReturnType<typeof told>[] = [];
  const failures: unknown[] = [];
  let answering = async () => {};
  const publisher = new LinePublisher({
    ingest: wrap(createIngest({ log: store, limits })),
    limits,
    answer: async (lines) => {
      answers.push(...lines.map(told));
      await answering();
    },
    onFailure: (cause) => failures.push(cause),
  });
  const holdAnswers = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    answering = () => promise;
    return resolve;
  };
  return { publisher, answers, failures, holdAnswers };
}

export async function* chunks(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part as string);
}

export const line = (id: string, more = '') => `{"topic":"t","event_id":"${id}"${more}}\n`;

/** Twice what may wait. */
const longBodyBytes = 8 * 1024 * 1024;

/** A body that is too long to be taken at once, and how much of it has been. */
export function longBody(linesInChunk: number, more = '') {
  const taken = { bytes: 0, lines: 0 };
  async function* body() {
    while (taken.bytes < longBodyBytes) {
      const chunk = Buffer.from(
        Array.from({ length: linesInChunk }, () => line(`${(taken.lines += 1)}`, more)).join(''),
      );
      taken.bytes += chunk.length;
      yield chunk;
    }
  }
  return { body: body(), taken };
}
