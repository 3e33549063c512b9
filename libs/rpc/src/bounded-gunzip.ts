// Decompression that stops at the bound instead of filling the memory.
import { promisify } from 'node:util';
import { gunzip as gunzipCallback } from 'node:zlib';
import { type OncelogError, violated } from '@oncelog/core';

const gunzip = promisify(gunzipCallback);

export async function boundedGunzip(bytes: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  try {
    return await gunzip(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw bodyTooLarge(bytesMax);
    throw violated('MALFORMED', [{ field: 'request', description: 'is not gzip, though its encoding says so' }]);
  }
}

/** `actual` is absent when reading stopped at the bound. */
export function bodyTooLarge(limit: number, actual?: number): OncelogError {
  const size = actual === undefined ? 'is larger' : `is ${actual}`;
  const description = `must be at most ${limit} bytes, also decompressed, and ${size}; send fewer events at a time`;
  return violated('BODY_TOO_LARGE', [{ field: 'request', description, limit, actual }]);
}
