// Random bytes that a seed repeats exactly: the key stream of a cipher, so that no two names share a stretch of it.
import { createCipheriv, hash } from 'node:crypto';

const chunk = Buffer.alloc(64 * 1024);

export interface RandomSource {
  bytes(count: number): Buffer;
  /** A whole number in [0, bound). */
  below(bound: number): number;
}

export function createRandomSource(seed: number, name: string): RandomSource {
  const key = hash('sha256', `${seed}/${name}`, 'buffer').subarray(0, 16);
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  let stretch = cipher.update(chunk);
  let used = 0;
  const bytes = (count: number): Buffer => {
    if (used + count > stretch.length) {
      stretch = cipher.update(chunk);
      used = 0;
    }
    used += count;
    return stretch.subarray(used - count, used);
  };
  return { bytes, below: (bound) => Math.floor((bytes(4).readUInt32LE() / 2 ** 32) * bound) };
}
