// The rules of an event, checked the same for every protocol.
import type { Content, Instant, NewEvent } from './event.ts';
import { type ErrorCode, type OncelogError, violated, type Violation } from './errors.ts';
import type { Limits } from './limits.ts';
import { attributeViolations, nameViolation } from './name-rules.ts';

/** A refusal names at most this many broken rules; a client that sends 1,000 wrong events needs no 1,000 reasons. */
const violationsMax = 20;

/** Years 1 to 9999, the range of google.protobuf.Timestamp. */
const instantSecondsMin = -62_135_596_800;
const instantSecondsMax = 253_402_300_799;

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

export function isInstant({ seconds, nanos }: Instant): boolean {
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
  for (const violation of attributeViolations(event.attributes ?? {}, `${path}.attributes`, limits)) {
    refusal.add('RULE_BROKEN', violation);
  }
  checkContent(event.content, limits, path, refusal);
}

function checkText(text: string, field: string, bytesMin: 0 | 1, bytesMax: number, refusal: Refusal): void {
  const violation = nameViolation(text, field, bytesMin, bytesMax);
  if (violation) refusal.add('RULE_BROKEN', violation);
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
