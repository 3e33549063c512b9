// The body of a request of any length, chunk by chunk: while nobody asks for the next, the sender is held back.
import { createGunzip } from 'node:zlib';
import { type Limits, violated } from '@oncelog/core';
import { bodyTimedOut } from '../failures/body-timed-out.ts';
import { cutShort } from '../failures/cut-short.ts';
import type { NodeRequest } from '../port/dual-server.ts';

/** Node's 16 KiB would make four small batches of what one transaction takes. */
const inflatedChunkBytes = 64 * 1024;

/**
 * Event lines that differ in their ids alone inflate to 37 times their size, with 2 KB of the same text in each to 250
 * times; a bomb of zeros to 1,030 times, work that its sender has not paid for.
 */
const inflationMax = 300;

export interface BodyChunksOptions {
  /** How long nothing may come while the next chunk is waited for. */
  readonly idleMs: number;
  /** Ends the reading with its reason. */
  readonly signal: AbortSignal;
}

export async function* bodyChunks(request: NodeRequest, options: BodyChunksOptions): AsyncGenerator<Buffer> {
  for (;;) {
    const chunk = await nextChunk(request, options);
    if (chunk === undefined) return;
    yield chunk;
  }
}

/** Leaves nothing behind on the request, so that the rest of it can be read into nothing. */
function nextChunk(request: NodeRequest, { idleMs, signal }: BodyChunksOptions): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer);
      request.pause();
      request.off('data', onData).off('end', onEnd).off('close', onEnd);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const onData = (chunk: Buffer) => settle(() => resolve(chunk));
    const onEnd = () => settle(() => (isWhole(request) ? resolve(undefined) : reject(cutShort())));
    const onAbort = () => settle(() => reject(signal.reason));
    const timer = setTimeout(() => settle(() => reject(bodyTimedOut('body', idleMs))), idleMs);
    if (signal.aborted) return onAbort();
    if (request.readableEnded || request.destroyed) return onEnd();
    signal.addEventListener('abort', onAbort);
    request.on('end', onEnd).on('close', onEnd).on('data', onData);
    request.resume();
  });
}

/** A body that is reset over HTTP/2 ends as if it were whole. */
function isWhole(request: NodeRequest): boolean {
  return request.readableEnded && !request.aborted;
}

/** The chunks decompressed, as many times as large as event lines come to be and no more. */
export async function* inflated(
  chunks: AsyncIterable<Buffer>,
  { requestBytesMax }: Pick<Limits, 'requestBytesMax'>,
): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: inflatedChunkBytes });
  feed(chunks, gunzip).catch((error: Error) => gunzip.destroy(error));
  let bytes = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > requestBytesMax + inflationMax * gunzip.bytesWritten) throw inflatesTooMuch();
      yield chunk;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    const endsEarly = code === 'Z_BUF_ERROR';
    const description = endsEarly ? 'is gzip without its end' : 'is not gzip, though its encoding says so';
    throw violated('MALFORMED', [{ field: 'body', description }]);
  }
}

/** Asks for the next chunk only when there is room for it. */
async function feed(chunks: AsyncIterable<Buffer>, gunzip: NodeJS.WritableStream): Promise<void> {
  for await (const chunk of chunks) {
    if (!gunzip.write(chunk)) await new Promise((resolve) => gunzip.once('drain', resolve));
  }
  gunzip.end();
}

function inflatesTooMuch() {
  const description = `must not inflate to more than ${inflationMax} times its size; send it plain`;
  return violated('BODY_TOO_LARGE', [{ field: 'body', description, limit: inflationMax }]);
}
