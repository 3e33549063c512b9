// GET /subscribe: the log as Server-Sent Events, never written faster than its reader takes them.
import { encodeCursor } from '@oncelog/core';
import type { Delivered } from '@oncelog/delivery';
import { cutShort } from '../../failures/cut-short.ts';
import { readerStalled } from '../../failures/reader-stalled.ts';
import { renameFields } from '../../failures/rename-fields.ts';
import type { EventLog } from '../../handlers/event-log.ts';
import { subscribe } from '../../handlers/subscribe.ts';
import type { NodeResponse } from '../../port/dual-server.ts';
import { createPacedWriter } from '../../port/paced-writer.ts';
import type { RestCall } from '../rest-answer.ts';
import { writeHead } from '../send-json.ts';
import { failureFrame, framesOf, retryFrame } from './event-stream.ts';
import { parameterOf, parseSubscribeQuery } from './subscribe-query.ts';

const head = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // Proxies would hold events back until their buffer is full.
  'x-accel-buffering': 'no',
};

const fields = { filter: 'filter', heartbeat: 'heartbeat' };

export async function subscribeOverRest(log: EventLog, call: RestCall): Promise<undefined> {
  const { response, shutdownSignal } = call;
  const ending = new AbortController();
  const end = () => ending.abort(shutdownSignal.aborted ? shutdownSignal.reason : cutShort());
  const deliveries = deliveriesFor(log, call, ending.signal);
  shutdownSignal.addEventListener('abort', end);
  response.once('close', end);
  if (shutdownSignal.aborted || response.destroyed) end();
  try {
    // What is refused is refused before the stream begins, with a status of its own.
    const first = await deliveries.next();
    writeHead(response, 200, head);
    if (call.request.method === 'HEAD') response.end();
    else await write(prepended(first, deliveries), log, response);
  } catch (error) {
    // Who has left is no failure; neither is a shutdown that ends what has begun.
    const refused = shutdownSignal.aborted && !response.headersSent;
    if (refused || !ending.signal.aborted) throw error;
  } finally {
    shutdownSignal.removeEventListener('abort', end);
    await deliveries.return();
  }
}

/** In the words of the query: the contract calls its filters otherwise. */
async function* deliveriesFor(
  log: EventLog,
  { request }: RestCall,
  signal: AbortSignal,
): AsyncGenerator<Delivered, void, undefined> {
  const resumed = String(request.headers['last-event-id'] ?? '');
  const asked = parseSubscribeQuery(request.url ?? '', resumed, log.limits);
  try {
    yield* subscribe(log, asked, fields, signal);
  } catch (error) {
    throw renameFields(error, (field) => parameterOf(field, resumed !== ''));
  }
}

async function* prepended<T>(first: IteratorResult<T, void>, rest: AsyncIterable<T>): AsyncGenerator<T> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

async function write(
  deliveries: AsyncIterable<Delivered>,
  { store: { logId }, limits: { readerStallMs } }: EventLog,
  response: NodeResponse,
): Promise<void> {
  const writer = createPacedWriter(response, { stallMs: readerStallMs });
  let position = 0;
  let opening = retryFrame;
  let live = false;
  try {
    for await (const delivered of deliveries) {
      position = delivered.position;
      const written = await writer.write(`${opening}${framesOf(delivered, logId, { live })}`);
      if (written === 'stalled') throw readerStalled(readerStallMs);
      if (written === 'closed') return;
      opening = '';
      live ||= delivered.kind === 'caughtUp';
    }
    writer.end();
  } catch (error) {
    writer.end(failureFrame(error, position === 0 ? undefined : encodeCursor(logId, position)));
    throw error;
  }
}
