// JSON without loss: numbers keep the digits they were written with, so that 64-bit integers survive.
import { refused } from '../failures/client-error.ts';

/**
 * Newer than the type library: the engine hands a reviver the source text of a number and prints raw JSON unchanged.
 * Node.js has it from 21 on and Chromium from 114; browsers that lack it refuse what they would round.
 */
const engine = JSON as unknown as {
  readonly rawJSON?: (text: string) => unknown;
  readonly isRawJSON?: (value: unknown) => boolean;
};

/** Numbers are opaque in the result; everything else is as JSON.parse makes it. Throws SyntaxError, or a refusal. */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, exactNumber as never);
}

/** On one line, without white space. */
export function printExactJson(value: unknown): string {
  return JSON.stringify(value);
}

/** The same for a value of a program's own, where a bigint is a number with all its digits: takes twice as long. */
export function printWithBigints(value: object): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? exactInteger(part) : part));
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !engine.isRawJSON?.(value);
}

function exactNumber(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== 'number') return value;
  if (engine.rawJSON) return engine.rawJSON(context.source ?? String(value));
  // Past 2^53 neighbours look alike, and what is past the largest double would be printed as null.
  if (Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)) return value;
  throw roundedNumber();
}

function exactInteger(value: bigint): unknown {
  if (engine.rawJSON) return engine.rawJSON(String(value));
  if (Number.isSafeInteger(Number(value))) return Number(value);
  throw roundedNumber();
}

function roundedNumber() {
  const description = 'has a number that this JavaScript engine would round: it has no JSON.rawJSON';
  return refused('RULE_BROKEN', 'json', description);
}
