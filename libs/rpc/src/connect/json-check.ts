// Reads JSON text against a message descriptor, for errors that say where.
import { type DescMessage, fromJson, fromJsonString, type JsonValue } from '@bufbuild/protobuf';
import { type OncelogError, violated } from '@oncelog/core';
import type { ElementLimit } from './wire-check.ts';

/** Protobuf's own recursion limit in every language; deeper text is refused before anything walks it. */
const depthMax = 100;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Throws MALFORMED with the field path when the text is no such message, or what `limit` refuses. */
export function checkJson(message: DescMessage, bytes: Uint8Array, limit?: ElementLimit): void {
  const text = decodeText(bytes);
  const value = parse(text);
  if (isDeeperThan(value, depthMax)) throw malformed('request', `is nested deeper than ${depthMax} levels`);
  const elements = limit && elementsOf(value, limit.field);
  if (elements && elements.length > limit.max) throw limit.refuse(elements.length);
  try {
    fromJsonString(message, text);
  } catch (error) {
    throw locate(message, value, error);
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed('request', 'is not UTF-8');
  }
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw malformed('request', `is not JSON: ${(error as Error).message}`);
  }
}

function isDeeperThan(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((child) => isDeeperThan(child as JsonValue, levels - 1));
}

function elementsOf(value: JsonValue, field: string): JsonValue[] | undefined {
  const elements = typeof value === 'object' && value !== null && !Array.isArray(value) ? value[field] : undefined;
  return Array.isArray(elements) ? elements : undefined;
}

/** The decoder names the field but not the element: find the first element that fails by itself. */
function locate(message: DescMessage, value: JsonValue, error: unknown): OncelogError {
  for (const field of message.fields) {
    if (field.fieldKind !== 'list' || field.listKind !== 'message') continue;
    for (const [index, element] of (elementsOf(value, field.jsonName) ?? []).entries()) {
      try {
        fromJson(field.message, element);
      } catch (elementError) {
        return explain(`${field.name}[${index}]`, elementError);
      }
    }
  }
  return explain('', error);
}

function explain(path: string, error: unknown): OncelogError {
  const { message } = error as Error;
  const name = /key "([^"]+)" is unknown/.exec(message)?.[1] ?? /field [\w.]+\.(\w+) from JSON/.exec(message)?.[1];
  const field = [path, name].filter(Boolean).join('.') || 'request';
  const description = /key "[^"]+" is unknown/.test(message) ? 'is unknown' : message.replace(/^.* from JSON: /, '');
  return malformed(field, description);
}

function malformed(field: string, description: string): OncelogError {
  return violated('MALFORMED', [{ field, description }]);
}
