// The rules of an event, checked the same for every protocol.
import type { Attributes, Content, Instant, NewEvent } from './event.ts';
import { type ErrorCode, type OncelogError, violated, type Violation } from './errors.ts';
import type { Limits } from './limits.ts';

/** A refusal names at most this many broken rules; a client that sends 1,000 wrong events needs no 1,000 reasons. */
const violationsMax = 20;

/** Years 1 to 9999, the range of google.protobuf.Timestamp. */
const instantSecondsMin = -62_135_596_800;
const instantSecondsMax = 253_402_300_799;

const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;
const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+\s*(;.*)?$/;

/** Throws what is wrong with the events, all of it up to a bound; nothing when all may be stored. */
export function validateEvents(events: readonly NewEvent[], limits: Limits): void {
  let refusal: Refusal | undefined;
  for (let index = 0; index < events.length; index += 1) {
    const event = events[index]!;
    if (isPlainlyValid(event, limits)) continue;
    refusal ??= new Refusal();
    checkEvent(event, limits, `events[${index}]`, refusal);
    if (refusal.full) break;
  }
  if (refusal?.error) throw refusal.error;
}

/** The hot path: true for what breaks no rule beyond doubt, so that only the rest is looked at rule by rule. */
function isPlainlyValid(event: NewEvent, limits: Limits): boolean {
  return (
    isPlainText(event.topic, limits.topicBytesMax) &&
    isPlainText(event.eventId, limits.eventIdBytesMax) &&
    (event.source === '' || isPlainText(event.source, limits.sourceBytesMax)) &&
    event.attributes === undefined &&
    isPlainMediaType(event.content.contentType, limits.contentTypeBytesMax) &&
    event.content.bytes.length <= limits.contentBytesMax &&
    (event.timestamp === undefined || isInstant(event.timestamp))
  );
}

const plainText = /^[\x20-\x7e]+$/;

function isPlainText(text: string, bytesMax: number): boolean {
  return text.length <= bytesMax && plainText.test(text);
}

let lastMediaType: string | undefined;

/** One publisher's events share their media type: it is read against the pattern once. */
function isPlainMediaType(type: string | undefined, bytesMax: number): boolean {
  if (type === undefined) return true;
  if (type !== lastMediaType) {
    if (!plainText.test(type) || !mediaType.test(type)) return false;
    lastMediaType = type;
  }
  return type.length <= bytesMax;
}

function isInstant({ seconds, nanos }: Instant): boolean {
  return seconds >= instantSecondsMin && seconds <= instantSecondsMax && nanos >= 0 && nanos <= 999_999_999;
}

function checkEvent(event: NewEvent, limits: Limits, path: string, refusal: Refusal): void {
  checkText(event.topic, `${path}.topic`, 1, limits.topicBytesMax, refusal);
  checkText(event.eventId, `${path}.event_id`, 1, limits.eventIdBytesMax, refusal);
  checkText(event.source, `${path}.source`, 0, limits.sourceBytesMax, refusal);
  if (event.timestamp && !isInstant(event.timestamp)) {
    refusal.add('RULE_BROKEN', {
      field: `${path}.timestamp`,
      description: 'must lie between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z',
    });
  }
  if (event.attributes) checkAttributes(event.attributes, limits, `${path}.attributes`, refusal);
  checkContent(event.content, limits, path, refusal);
}

/** Keys are stored and compared byte for byte, so nothing may enter that a database or a terminal would change. */
function checkText(text: string, field: string, bytesMin: number, bytesMax: number, refusal: Refusal): void {
  const bytes = Buffer.byteLength(text);
  if (bytes < bytesMin || bytes > bytesMax) {
    const description =
      bytes < bytesMin ? 'is required' : `must be ${bytesMin} to ${bytesMax} bytes of UTF-8, is ${bytes}`;
    refusal.add('RULE_BROKEN', { field, description, limit: bytesMax, actual: bytes });
  } else if (controlCharacter.test(text)) {
    refusal.add('RULE_BROKEN', {
      field,
      description: `must not contain control characters; ${nameOf(text, controlCharacter)} found`,
    });
  } else if (!text.isWellFormed() || text.includes('\ufffd')) {
    refusal.add('RULE_BROKEN', {
      field,
      description: 'must be well-formed Unicode without U+FFFD, which stands for lost characters',
    });
  }
}

function nameOf(text: string, pattern: RegExp): string {
  const code = pattern.exec(text)?.[0].charCodeAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

function checkAttributes(attributes: Attributes, limits: Limits, path: string, refusal: Refusal): void {
  const entries = Object.entries(attributes);
  if (entries.length > limits.attributesMax) {
    refusal.add('RULE_BROKEN', {
      field: path,
      description: `must be at most ${limits.attributesMax} pairs, are ${entries.length}`,
      limit: limits.attributesMax,
      actual: entries.length,
    });
    return;
  }
  for (const [key, value] of entries) {
    const field = `${path}[${JSON.stringify(key.slice(0, 64))}]`;
    checkText(key, field, 1, limits.attributeKeyBytesMax, refusal);
    const bytes = Buffer.byteLength(value);
    if (bytes > limits.attributeValueBytesMax) {
      refusal.add('RULE_BROKEN', {
        field,
        description: `must be at most ${limits.attributeValueBytesMax} bytes of UTF-8, is ${bytes}`,
        limit: limits.attributeValueBytesMax,
        actual: bytes,
      });
    } else if (!value.isWellFormed() || value.includes('\0')) {
      refusal.add('RULE_BROKEN', { field, description: 'must be well-formed Unicode without U+0000' });
    }
  }
}

function checkContent({ bytes, contentType }: Content, limits: Limits, path: string, refusal: Refusal): void {
  if (contentType !== undefined) {
    checkText(contentType, `${path}.content_type`, 1, limits.contentTypeBytesMax, refusal);
    if (!mediaType.test(contentType)) {
      refusal.add('RULE_BROKEN', {
        field: `${path}.content_type`,
        description: 'must be a media type such as text/plain',
      });
    }
  }
  if (bytes.length > limits.contentBytesMax) {
    refusal.add('EVENT_TOO_LARGE', {
      field: `${path}.${contentType === undefined ? 'payload' : 'data'}`,
      description: `must be at most ${limits.contentBytesMax} bytes, is ${bytes.length}`,
      limit: limits.contentBytesMax,
      actual: bytes.length,
    });
  }
}

class Refusal {
  #code: ErrorCode = 'RULE_BROKEN';
  readonly #violations: Violation[] = [];

  add(code: ErrorCode, violation: Violation): void {
    if (this.#violations.length === 0) this.#code = code;
    this.#violations.push(violation);
  }

  get full(): boolean {
    return this.#violations.length >= violationsMax;
  }

  get error(): OncelogError | undefined {
    const [first, ...more] = this.#violations;
    return first && violated(this.#code, [first, ...more]);
  }
}
