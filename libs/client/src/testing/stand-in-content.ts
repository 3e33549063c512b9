// What an event of the stand-in holds: when two contents are the same, and how one is shown.
import { type JsonObject } from '@bufbuild/protobuf';
import { ContentView, type Event } from '@oncelog/protocol';
import { isJsonObject, parseExactJson } from '../events/exact-json.ts';

const jsonType = 'application/json';
const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

interface Content {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** By bytes; JSON also by value, key order and the spelling of numbers being nothing. */
export function sameContent(a: Event, b: Event): boolean {
  const [first, second] = [contentOf(a), contentOf(b)];
  if (first.mediaType !== second.mediaType) return false;
  if (sameBytes(first.bytes, second.bytes)) return true;
  const value = canonicalJson(first);
  return value !== undefined && value === canonicalJson(second);
}

/** The event as the view asks for it, where that is possible. */
export function shownAs(event: Event, view: ContentView): Event {
  const { content, contentType } = event;
  if (view === ContentView.DATA && content.case !== 'data') {
    return { ...event, content: { case: 'data', value: contentOf(event).bytes }, contentType: jsonType };
  }
  if (view === ContentView.PAYLOAD && content.case === 'data' && contentType.startsWith(jsonType)) {
    const payload = objectOf(content.value);
    if (payload) return { ...event, content: { case: 'payload', value: payload }, contentType: '' };
  }
  return event;
}

function contentOf({ content, contentType }: Event): Content {
  if (content.case !== 'data') return { bytes: utf8.encode(JSON.stringify(content.value ?? {})), mediaType: jsonType };
  const [mediaType = ''] = (contentType || 'application/octet-stream').split(';');
  return { bytes: content.value, mediaType: mediaType.trim().toLowerCase() };
}

function objectOf(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(strictUtf8.decode(bytes));
    return isJsonObject(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function canonicalJson({ bytes, mediaType }: Content): string | undefined {
  if (mediaType !== jsonType) return undefined;
  try {
    return canonical(parseExactJson(strictUtf8.decode(bytes)));
  } catch {
    return undefined;
  }
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isJsonObject(value)) return canonicalScalar(JSON.stringify(value));
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, child]) => `${JSON.stringify(key)}:${canonical(child)}`).join(',')}}`;
}

/** 1.0 is 1; an integer past 2^53 keeps its digits, which a double would take from it. */
function canonicalScalar(text: string): string {
  return /^-?\d{16,}$/.test(text) || !/^-?\d/.test(text) ? text : String(Number(text));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
