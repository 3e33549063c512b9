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

/**
 * Equal for contents that say the same, key order and the spelling of numbers being nothing. It costs some hundred
 * times what the digest of the bytes does, so that it is asked for only when those differ.
 */
export function canonicalDigest(content: Content): string {
  const mediaType = mediaTypeOf(content);
  const canonical = isJson(mediaType) ? canonicalJson(content.bytes) : undefined;
  if (canonical === undefined) return Buffer.from(contentDigest(content)).toString('hex');
  return hash('sha256', `${mediaType}\0${canonical}`);
}

export function sameContent(a: Content, b: Content): boolean {
  return canonicalDigest(a) === canonicalDigest(b);
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
  if (typeof value === 'number') return canonicalNumber(value, context.source ?? String(value));
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return { object: Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) };
}

const shortInteger = /^-?\d{1,15}$/;

/** Short integers, which most numbers are, stand for themselves; an object could not be told from one that was sent. */
function canonicalNumber(value: number, source: string): unknown {
  if (shortInteger.test(source)) return value;
  const decimal = canonicalDecimal(source);
  return shortInteger.test(decimal) ? Number(decimal) : { number: decimal };
}

/** "1.0", "1e0" and "10E-1" all become "1", "0.5" and "5e-1" become "5e-1": digits without outer zeros, and a power. */
function canonicalDecimal(source: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  const short = power >= 0n && BigInt(significant.length) + power <= 15n;
  return short ? `${sign}${significant}${'0'.repeat(Number(power))}` : `${sign}${significant}e${power}`;
}
