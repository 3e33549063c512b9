// Reads JSON text against a message descriptor, for errors that say where.
import { type DescField, type DescMessage, fromJson, fromJsonString, type JsonValue } from '@bufbuild/protobuf';
import { type OncelogError, violated } from '@oncelog/core';
import type { ElementLimit } from './wire-check.ts';

/** Protobuf's own recursion limit in every language; deeper text is refused before anything walks it. */
const depthMax = 100;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Throws MALFORMED with the field path when the text is no such message, or what `limit` refuses. */
export function checkJson(message: DescMessage, bytes: Uint8Array, limit: ElementLimit): void {
  const text = decodeText(bytes);
  const value = parse(text);
  if (isDeeperThan(value, depthMax)) throw malformed('request', `is nested deeper than ${depthMax} levels`);
  checkElements(message, value, limit, '');
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

function checkElements(message: DescMessage, value: JsonValue, limit: ElementLimit, path: string): void {
  for (const field of message.fields) {
    const part = memberOf(value, field);
    if (typeof part !== 'object' || part === null) continue;
    const fieldPath = join(path, field.name);
    if (field.fieldKind === 'list' || field.fieldKind === 'map') {
      const elements = Object.values(part);
      if (elements.length > limit.max) throw limit.refuse(fieldPath, elements.length);
      if (field.fieldKind === 'map' || field.listKind !== 'message') continue;
      elements.forEach((each, index) => checkElements(field.message, each, limit, `${fieldPath}[${index}]`));
    } else if (field.fieldKind === 'message' && !isWellKnown(field.message)) {
      checkElements(field.message, part, limit, fieldPath);
    }
  }
}

/** The decoder names types where a client needs a path: find the smallest part that fails by itself. */
function locate(message: DescMessage, value: JsonValue, error: unknown, path = ''): OncelogError {
  for (const field of message.fields) {
    const part = memberOf(value, field);
    if (part === undefined || decodingError(message, { [field.jsonName]: part }) === undefined) continue;
    const fieldPath = join(path, field.name);
    if (field.fieldKind === 'message' && !isWellKnown(field.message)) {
      return locate(field.message, part, decodingError(field.message, part), fieldPath);
    }
    if (field.fieldKind === 'list' && field.listKind === 'message' && Array.isArray(part)) {
      for (const [index, element] of part.entries()) {
        const elementError = decodingError(field.message, element);
        if (elementError) return locate(field.message, element, elementError, `${fieldPath}[${index}]`);
      }
    }
    return explain(fieldPath, decodingError(message, { [field.jsonName]: part }));
  }
  return explain(path, error);
}

function memberOf(value: JsonValue, { name, jsonName }: DescField): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value[jsonName] ?? value[name];
}

/** Times and payloads have a JSON of their own, which says nothing of their fields. */
function isWellKnown({ typeName }: DescMessage): boolean {
  return typeName.startsWith('google.protobuf.');
}

function decodingError(message: DescMessage, value: JsonValue): Error | undefined {
  try {
    fromJson(message, value);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** What the decoder says may quote what was sent, however long that is. */
const quotedCharsMax = 200;

function explain(path: string, error: unknown): OncelogError {
  const { message } = error as Error;
  const unknown = /key "([^"]+)" is unknown/.exec(message)?.[1]?.slice(0, quotedCharsMax);
  if (unknown !== undefined) return malformed(join(path, unknown), 'is unknown');
  const reason = message.replace(/^cannot decode \S+ \S+ from JSON:? /, '').slice(0, quotedCharsMax);
  return malformed(path || 'request', `does not fit its type: ${reason}`);
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function malformed(field: string, description: string): OncelogError {
  return violated('MALFORMED', [{ field, description }]);
}
