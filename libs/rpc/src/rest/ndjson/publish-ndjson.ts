// POST /publish as NDJSON: one event a line, any number of lines, in constant memory.
import { violated } from '@oncelog/core';
import type { EventLog } from '../../handlers/event-log.ts';
import { StreamFailure } from '../../handlers/stream-publisher.ts';
import type { NodeRequest } from '../../port/dual-server.ts';
import { bodyChunks, inflated } from '../body-chunks.ts';
import { idempotencyKeyOf } from '../read-events.ts';
import { parseQuery } from '../query.ts';
import { isGzip } from '../read-body.ts';
import type { RestAnswer, RestCall } from '../rest-answer.ts';
import { LinePublisher } from './publish-lines.ts';
import { createStreamedAnswers } from './streamed-answers.ts';
import { createSummedAnswers } from './summed-answers.ts';

const ndjsonType = /^application\/x-ndjson\s*(?:;\s*charset="?utf-8"?\s*)?;?$/i;
const ndjsonAccepted = /(?:^|,)\s*application\/x-ndjson\s*(?:[;,]|$)/i;

export function isNdjson({ headers }: NodeRequest): boolean {
  return ndjsonType.test(headers['content-type'] ?? '');
}

export async function publishNdjson(log: EventLog, call: RestCall): Promise<RestAnswer | undefined> {
  const { request, response, shutdownSignal } = call;
  parseQuery(request.url ?? '', []);
  refuseIdempotencyKey(request);
  const reading = new AbortController();
  const body = bodyOf(log, call, reading.signal);
  const streamed = ndjsonAccepted.test(request.headers.accept ?? '');
  const answers = streamed ? createStreamedAnswers(response, log.limits) : createSummedAnswers();
  const publisher = new LinePublisher({
    ...log,
    answer: (lines) => answers.add(lines),
    onFailure: (cause) => reading.abort(cause),
  });
  const onShutdown = () => reading.abort(shutdownSignal.reason);
  shutdownSignal.addEventListener('abort', onShutdown);
  if (shutdownSignal.aborted) onShutdown();
  try {
    await publisher.publish(body);
    return await answers.end(publisher);
  } catch (cause) {
    const failure = cause instanceof StreamFailure ? cause : new StreamFailure(cause, publisher.summary);
    answers.fail(failure);
    throw failure;
  } finally {
    shutdownSignal.removeEventListener('abort', onShutdown);
  }
}

function bodyOf({ limits }: EventLog, { request, bodyIdleMs }: RestCall, signal: AbortSignal): AsyncIterable<Buffer> {
  const gzip = isGzip(request);
  const chunks = bodyChunks(request, { idleMs: bodyIdleMs, signal });
  return gzip ? inflated(chunks, limits) : chunks;
}

function refuseIdempotencyKey(request: NodeRequest): void {
  if (idempotencyKeyOf(request) === undefined) return;
  const description = 'does not go with lines: each of them names its own event_id';
  throw violated('RULE_BROKEN', [{ field: 'idempotency-key', description }]);
}
