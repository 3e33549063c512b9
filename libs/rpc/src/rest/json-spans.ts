// Where in a JSON text the members of its objects stand, so that a payload is kept as it was sent: to the digit.

export interface Span {
  readonly start: number;
  readonly end: number;
}

const quote = 0x22;
const backslash = 0x5c;

/** The spans of an object's members by name; the last one wins, as in JSON.parse. The text must be valid JSON. */
export function memberSpans(text: string, objectStart: number): Map<string, Span> {
  const spans = new Map<string, Span>();
  let at = skipSpace(text, objectStart + 1);
  while (text[at] !== '}') {
    const nameEnd = skipString(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = skipValue(text, start);
    spans.set(name, { start, end });
    at = skipComma(text, end);
  }
  return spans;
}

/** Where the elements of an array begin. The text must be valid JSON. */
export function elementStarts(text: string, arrayStart: number): number[] {
  const starts: number[] = [];
  let at = skipSpace(text, arrayStart + 1);
  while (text[at] !== ']') {
    starts.push(at);
    at = skipComma(text, skipValue(text, at));
  }
  return starts;
}

export function skipSpace(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

/** How deep the brackets inside a span nest. The text must be valid JSON. */
export function depthOf(text: string, { start, end }: Span): number {
  let depth = 0;
  let deepest = 0;
  for (let at = start; at < end; at += 1) {
    const char = text.charCodeAt(at);
    if (char === quote) at = skipString(text, at) - 1;
    else if (isOpening(char)) deepest = Math.max(deepest, (depth += 1));
    else if (isClosing(char)) depth -= 1;
  }
  return deepest;
}

function skipComma(text: string, from: number): number {
  const at = skipSpace(text, from);
  return text[at] === ',' ? skipSpace(text, at + 1) : at;
}

function skipValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === quote) return skipString(text, start);
  if (!isOpening(first)) return skipScalar(text, start);
  let depth = 0;
  for (let at = start; ; at += 1) {
    const char = text.charCodeAt(at);
    if (char === quote) at = skipString(text, at) - 1;
    else if (isOpening(char)) depth += 1;
    else if (isClosing(char) && (depth -= 1) === 0) return at + 1;
  }
}

function skipString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  // An odd number of backslashes before the quote means that the string goes on.
  while (backslashesBefore(text, end) % 2 === 1) end = text.indexOf('"', end + 1);
  return end + 1;
}

function backslashesBefore(text: string, end: number): number {
  let at = end;
  while (text.charCodeAt(at - 1) === backslash) at -= 1;
  return end - at;
}

function skipScalar(text: string, start: number): number {
  let at = start;
  while (at < text.length && !/[\s,\]}]/.test(text[at]!)) at += 1;
  return at;
}

function isOpening(char: number): boolean {
  return char === 0x7b || char === 0x5b;
}

function isClosing(char: number): boolean {
  return char === 0x7d || char === 0x5d;
}
