import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Ingest } from '@oncelog/ingest';
import { describe, expect, it } from 'vitest';
import { everyHttp, linesOf, type OpenCall, whole } from '../testing/http-calls.ts';
import { turn, until } from '../testing/rest-server.ts';
import { answerTo, gzipped, jsonOf, line, lines, ndjson, openServer, streamed } from './testing/ndjson-calls.ts';

/** More than all buffers between the two ends take. */
const heldBytesMax = 32 * 1024 * 1024;

/** 20 lines of 100 kB that do not compress to less than three quarters. */
const large = Array.from({ length: 20 }, (_, index) =>
  line(index, `,"payload":{"text":"${randomBytes(75_000).toString('base64')}"}`),
).join('');

/** Writes until the connection takes no more; gives back how many bytes that were, and what resolves when it does. */
async function writeUntilHeld({ body }: OpenCall, chunk: string | Uint8Array) {
  for (let bytes = chunk.length; bytes < 2 * heldBytesMax; bytes += chunk.length) {
    let taken = false;
    const written = new Promise<void>((resolve) => {
      body.write(chunk, () => resolve());
    }).then(() => (taken = true));
    for (let turns = 0; turns < 300 && !taken; turns += 1) await turn();
    if (!taken) return { bytes, written };
  }
  return expect.fail('the sender is not held back');
}

describe.each(everyHttp)('lines published over %s', (_name, dial) => {
  it.each([
    ['plain', ndjson, Buffer.from(large)],
    ['compressed', gzipped, gzipSync(large)],
  ])('are held back while nothing is committed, and go on with the commits: %s', async (_how, headers, chunk) => {
    const gate = Promise.withResolvers<void>();
    const ingest = (plain: Ingest): Ingest => ({
      ...plain,
      publish: (events, options) => gate.promise.then(() => plain.publish(events, options)),
    });
    const { publish } = await openServer({ ingest }, dial);
    const call = publish(headers);
    const { bytes, written } = await writeUntilHeld(call, chunk);
    // 4 MiB wait for commits; the rest is what two kernels hold for a connection.
    expect(bytes).toBeLessThan(heldBytesMax);
    gate.resolve();
    await written;
    expect((await answerTo(call, '')).json).toMatchObject({ status: 'ok', lines: (bytes / chunk.length) * 20 });
  });

  it('are held back while nobody reads their answers, and go on with the reading', async () => {
    const { publish } = await openServer({}, dial);
    const call = publish(streamed);
    const { bytes, written } = await writeUntilHeld(call, lines(1000));
    expect(bytes).toBeLessThan(heldBytesMax);
    const answers = linesOf(await call.answered);
    const read = (async () => {
      let last: unknown;
      for await (const answer of answers) last = answer;
      return last;
    })();
    await written;
    call.body.end();
    expect(await read).toMatchObject({ status: 'ok', lines: (bytes / lines(1000).length) * 1000 });
  });

  it('end with the reason when nobody reads their answers for too long', async () => {
    const { server, publish } = await openServer({ limits: { readerStallMs: 50 } }, dial);
    const call = publish(streamed);
    await until(() => {
      if (!call.body.writableNeedDrain) call.body.write(lines(1000));
      return server.state.refusedRequests === 1;
    });
    const { text } = await whole(call);
    const last = text.slice(text.lastIndexOf('\n', text.length - 2) + 1);
    expect(jsonOf(last)).toMatchObject({
      error: { code: 'READER_STALLED', field: 'reader', limit: 50, outcome: 'unknown', committed: expect.anything() },
    });
  });
});
