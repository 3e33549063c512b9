// Query parameters: each known, at most once, and in its range.
import { type OncelogError, violated } from '@oncelog/core';
import { parseInstant } from './rfc3339.ts';

export type Query = ReadonlyMap<string, string>;

export function parseQuery(url: string, known: readonly string[]): Query {
  const query = new Map<string, string>();
  for (const [name, value] of queryPairs(url)) {
    if (!known.includes(name)) throw unknownParameter(name, known);
    if (query.has(name)) throw givenTwice(name);
    query.set(name, decode(value, name));
  }
  return query;
}

/** The names decoded, the values not yet: a value that cannot be is refused under its name. */
export function* queryPairs(url: string): Generator<readonly [name: string, value: string]> {
  const begin = url.indexOf('?');
  if (begin < 0) return;
  for (const pair of url.slice(begin + 1).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals), 'query');
    yield [name, equals < 0 ? '' : pair.slice(equals + 1)];
  }
}

export function unknownParameter(name: string, known: readonly string[]): OncelogError {
  const allowed = known.length === 0 ? 'this route takes none' : `allowed are ${known.join(', ')}`;
  return refused(name.slice(0, 64), `is not a parameter of this route; ${allowed}`);
}

export function givenTwice(name: string): OncelogError {
  return refused(name.slice(0, 64), 'is given more than once');
}

/** Percent-encoded UTF-8, in a query or a path. */
export function decode(text: string, field: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    throw refused(field, 'is not percent-encoded UTF-8');
  }
}

export function wholeNumber(query: Query, name: string, { fallback, max }: { fallback: number; max: number }): number {
  const text = query.get(name);
  if (text === undefined) return fallback;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= max) return number;
  const description = `must be a whole number from 1 to ${max}, is "${text.slice(0, 32)}"`;
  throw violated('RULE_BROKEN', [{ field: name, description, limit: max, actual: text.slice(0, 32) }]);
}

/** In whole milliseconds, as stored times are: a bound between two of them is the later one. */
export function instantMs(query: Query, name: string): number | undefined {
  const text = query.get(name);
  if (text === undefined) return undefined;
  // A plus that was not encoded has become a space.
  const instant = parseInstant(text.replace(/ (?=\d\d:?\d\d$)/, '+'));
  if (!instant) throw refused(name, 'must be an RFC 3339 time such as 2026-01-31T12:00:00Z');
  return instant.seconds * 1000 + Math.ceil(instant.nanos / 1_000_000);
}

export function choice<T extends string>(
  query: Query,
  name: string,
  choices: Readonly<Record<string, T>>,
  fallback: T,
): T {
  const text = query.get(name);
  if (text === undefined) return fallback;
  const chosen = Object.hasOwn(choices, text) ? choices[text] : undefined;
  if (chosen === undefined) throw refused(name, `must be one of ${Object.keys(choices).join(', ')}`);
  return chosen;
}

function refused(field: string, description: string) {
  return violated('RULE_BROKEN', [{ field, description }]);
}
