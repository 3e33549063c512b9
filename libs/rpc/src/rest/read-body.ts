// Reads a request body, bounded in bytes and in time.
import { type Limits, OncelogError, violated } from '@oncelog/core';
import { bodyTooLarge, boundedGunzip } from '../bounded-gunzip.ts';
import type { NodeRequest } from '../port/dual-server.ts';
import { bodyTimedOut } from '../failures/body-timed-out.ts';
import { bodyTimeoutMs } from '../port/http-limits.ts';

export async function readBody(
  request: NodeRequest,
  { requestBytesMax }: Pick<Limits, 'requestBytesMax'>,
  timeoutMs = bodyTimeoutMs,
): Promise<Uint8Array> {
  const gzip = isGzip(request);
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > requestBytesMax) throw bodyTooLarge(requestBytesMax, declared);
  const bytes = await readBounded(request, requestBytesMax, timeoutMs);
  return gzip ? boundedGunzip(bytes, requestBytesMax) : bytes;
}

/** Refuses every encoding but gzip and none. */
export function isGzip({ headers }: NodeRequest): boolean {
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === 'gzip') return encoding === 'gzip';
  const description = `"${encoding}" is not served; send it plain or as gzip`;
  throw new OncelogError('WRONG_MEDIA_TYPE', `content-encoding: ${description}`, {
    violations: [{ field: 'content-encoding', description }],
  });
}

function readBounded(request: NodeRequest, bytesMax: number, timeoutMs: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => finish(bodyTimedOut('body', timeoutMs)), timeoutMs);
    const finish = (error?: OncelogError) => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      if (error) reject(error);
      else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > bytesMax) finish(bodyTooLarge(bytesMax));
      else chunks.push(chunk);
    };
    const onEnd = () => finish();
    const onClose = () => finish(violated('MALFORMED', [{ field: 'body', description: 'is cut short' }]));
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}
