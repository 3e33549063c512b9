// One line back for each line, as soon as its commit is flushed, and the totals last.
//
// The status is 200 whatever becomes of the lines: it goes out before the first of them has its outcome.
// A client that does not read while it sends is held back: what waits for it is one batch, and no more of its body is
// read meanwhile. If it goes on like that it has stalled, for it and the server would wait for each other for ever.
import type { Limits } from '@oncelog/core';
import { cutShort } from '../../failures/cut-short.ts';
import { readerStalled } from '../../failures/reader-stalled.ts';
import type { NodeResponse } from '../../port/dual-server.ts';
import { createPacedWriter } from '../../port/paced-writer.ts';
import { errorBody } from '../error-to-rest.ts';
import { writeHead } from '../send-json.ts';
import { lineJson, type LineAnswers, totalsJson } from './line-answers.ts';

const head = { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' };

export function createStreamedAnswers(response: NodeResponse, { readerStallMs }: Limits): LineAnswers {
  const writer = createPacedWriter(response, { stallMs: readerStallMs });
  let taken = true;

  async function write(objects: readonly object[]): Promise<void> {
    // Until there is something to say a failure can still have a status of its own.
    if (!response.headersSent) writeHead(response, 200, head);
    const written = await writer.write(objects.map((object) => `${JSON.stringify(object)}\n`).join(''));
    taken = written === 'ok';
    if (written === 'stalled') throw readerStalled(readerStallMs);
    if (written === 'closed') throw cutShort();
  }

  return {
    async add(lines) {
      if (taken) await write(lines.map(lineJson));
    },
    async end(publisher) {
      await write([totalsJson(publisher)]);
      writer.end();
      return undefined;
    },
    fail(failure) {
      if (!response.headersSent) return;
      writer.end(`${JSON.stringify({ error: errorBody(failure) })}\n`);
    },
  };
}
