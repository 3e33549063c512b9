// When two contents are the same: by digest of the bytes first, and as JSON values only when that fails.
import { hash } from 'node:crypto';
import type { Content } from './event.ts';

const jsonType = 'application/json';

/** 128 bits: enough that two contents never meet by accident, half the page space of a whole SHA-256. */
export const digestBytes = 16;

/** The media type without its parameters, in lower case: what takes part in the comparison of contents. */
export function mediaTypeOf({ contentType }: Content): string {
  if (contentType === undefined) return jsonType;
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

export function isJson(mediaType: string): boolean {
  return mediaType === jsonType || mediaType.endsWith('+json');
}

/** JSON sent as payload and the same bytes sent as data with a JSON type have the same digest. */
export function contentDigest(content: Content): Uint8Array {
  const mediaType = mediaTypeOf(content);
  // JSON holds no NUL, so that what is hashed bare can never be mistaken for what is hashed behind its media type.
  const bare = mediaType === jsonType && !content.bytes.includes(0);
  const input = bare ? content.bytes : Buffer.concat([Buffer.from(`${mediaType}\0`), content.bytes]);
  return hash('sha256', input, 'buffer').subarray(0, digestBytes);
}

/** Whether contents of different digests say the same after all: key order and the spelling of numbers are nothing. */
export function sameContent(a: Content, b: Content): boolean {
  const mediaType = mediaTypeOf(a);
  if (mediaType !== mediaTypeOf(b)) return false;
  if (Buffer.compare(a.bytes, b.bytes) === 0) return true;
  if (!isJson(mediaType)) return false;
  const canonical = canonicalJson(a.bytes);
  return canonical !== undefined && canonical === canonicalJson(b.bytes);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Keys sorted, no white space, numbers as exact decimals; undefined when the bytes are not JSON. */
export function canonicalJson(bytes: Uint8Array): string | undefined {
  try {
    return JSON.stringify(JSON.parse(utf8.decode(bytes), canonicalValue as never));
  } catch {
    return undefined;
  }
}

/** A reviver: V8 hands it the source text of each number, so that 64-bit integers are compared unrounded. */
function canonicalValue(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value === 'number') return { number: canonicalDecimal(context.source ?? String(value)) };
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return { object: Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) };
}

/** "1.0", "1e0" and "10E-1" all become "1e0": digits without outer zeros, and the power of ten of the last one. */
function canonicalDecimal(source: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign}${significant}e${power}`;
}
