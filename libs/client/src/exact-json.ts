// JSON without loss: numbers keep the digits they were written with, so that 64-bit integers survive.

/** Newer than the type library: V8 hands a reviver the source text of a number and prints raw JSON unchanged. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  readonly rawJSON: (text: string) => unknown;
  readonly isRawJSON: (value: unknown) => boolean;
};

/** Numbers are opaque in the result; everything else is as JSON.parse makes it. Throws SyntaxError. */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, exactNumber as never);
}

/** On one line, without white space. */
export function printExactJson(value: unknown): string {
  return JSON.stringify(value);
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJSON(value);
}

function exactNumber(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  return typeof value === 'number' ? rawJSON(context.source ?? String(value)) : value;
}
