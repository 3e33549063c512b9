// The rules of an event that a publisher breaks most: enough for tests to meet a refusal before the real log does.
import type { Event } from '@oncelog/protocol';
import { brokenRule, Refusal } from './stand-in-refusal.ts';

const eventsMax = 1000;
const topicBytesMax = 255;
const eventIdBytesMax = 512;
const contentBytesMax = 256 * 1024;
const utf8 = new TextEncoder();

export function checkPublished(events: readonly Event[]): void {
  if (events.length === 0) throw brokenRule('events', 'is required');
  if (events.length > eventsMax) {
    const message = `events: at most ${eventsMax} in one request, here are ${events.length}`;
    throw new Refusal({ code: 'TOO_MANY_EVENTS', message, field: 'events', limit: eventsMax, actual: events.length });
  }
  for (const [index, { topic, eventId, content }] of events.entries()) {
    checkName(topic, `events[${index}].topic`, topicBytesMax);
    checkName(eventId, `events[${index}].event_id`, eventIdBytesMax);
    const bytes = content.case === 'data' ? content.value.length : 0;
    if (bytes > contentBytesMax) throw tooLong('EVENT_TOO_LARGE', `events[${index}].data`, contentBytesMax, bytes);
  }
}

function checkName(name: string, field: string, bytesMax: number): void {
  if (name === '') throw brokenRule(field, 'is required');
  const bytes = utf8.encode(name).length;
  if (bytes > bytesMax) throw tooLong('RULE_BROKEN', field, bytesMax, bytes);
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) throw brokenRule(field, 'must not have control characters');
}

function tooLong(code: 'EVENT_TOO_LARGE' | 'RULE_BROKEN', field: string, limit: number, actual: number): Refusal {
  return new Refusal({ code, field, limit, actual, message: `${field}: has ${actual} bytes, ${limit} at most` });
}
