// What may be asked of consumer groups: names, settings and amounts within their bounds.
import {
  type EventFilter,
  type GroupSettings,
  type Limits,
  nameViolation,
  OncelogError,
  validateFilter,
  violated,
  type Violation,
} from '@oncelog/core';
import type { CreateGroupRequest, RejectOptions } from './group-types.ts';

export function checkGroupName(name: string, field: string, { groupNameBytesMax }: Limits): void {
  refuse(nameViolation(name, field, 1, groupNameBytesMax));
}

export function checkMember(member: string, { memberBytesMax }: Limits): void {
  refuse(nameViolation(member, 'member', 0, memberBytesMax));
}

/** Kept and shown; it need not fit on a line. */
export function checkRejection({ delayMs, reason }: RejectOptions, limits: Limits): void {
  checkSpan(delayMs, 'delay', 0, limits.leaseMsMax);
  const bytes = Buffer.byteLength(reason);
  const limit = limits.rejectReasonBytesMax;
  if (bytes > limit) {
    const description = `must be at most ${limit} bytes of UTF-8, is ${bytes}`;
    refuse({ field: 'reason', description, limit, actual: bytes });
  }
  if (reason.isWellFormed() && !reason.includes('\0')) return;
  refuse({ field: 'reason', description: 'must be well-formed Unicode without U+0000' });
}

export function settingsOf(request: CreateGroupRequest, limits: Limits): GroupSettings {
  const { filter, leaseMs = limits.leaseMsDefault, attemptsMax = limits.attemptsDefault } = request;
  validateFilter(filter, limits, 'settings.filter');
  checkFilterSize(filter, limits);
  checkSpan(leaseMs, 'settings.lease_duration', limits.leaseMsMin, limits.leaseMsMax);
  checkAmount(attemptsMax, 'settings.attempts_max', limits.attemptsMax);
  return { filter, leaseMs, attemptsMax };
}

function checkFilterSize(filter: EventFilter, { groupFilterBytesMax: limit }: Limits): void {
  const actual = Buffer.byteLength(JSON.stringify(filter));
  if (actual <= limit) return;
  const description = `must be at most ${limit} bytes as JSON, is ${actual}; name prefixes instead of topics`;
  refuse({ field: 'settings.filter', description, limit, actual });
}

/** The order of names and their repetition mean nothing to a filter. */
export function sameSettings(a: GroupSettings, b: GroupSettings): boolean {
  return JSON.stringify(comparable(a)) === JSON.stringify(comparable(b));
}

function comparable({ filter, leaseMs, attemptsMax }: GroupSettings): unknown {
  const names = [filter.topics, filter.topicPrefixes, filter.sources].map((each) => [...new Set(each)].sort());
  const attributes = Object.entries(filter.attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return { leaseMs, attemptsMax, names, attributes };
}

export function checkSpan(ms: number, field: string, minMs: number, maxMs: number): void {
  if (ms >= minMs && ms <= maxMs) return;
  const description = `must be from ${minMs / 1000} to ${maxMs / 1000} seconds, is ${ms / 1000}`;
  refuse({ field, description, limit: maxMs, actual: ms });
}

export function checkAmount(amount: number, field: string, max: number): void {
  if (Number.isInteger(amount) && amount >= 1 && amount <= max) return;
  refuse({ field, description: `must be a whole number from 1 to ${max}, is ${amount}`, limit: max, actual: amount });
}

export function checkIds(ids: readonly string[], { requestEventsMax: limit }: Limits): void {
  if (ids.length === 0) refuse({ field: 'delivery_ids', description: 'is required', limit, actual: 0 });
  checkCount(ids, 'delivery_ids', limit);
}

/** None at all stands for all of them. */
export function checkPositions(positions: readonly number[], { requestEventsMax }: Limits): void {
  checkCount(positions, 'positions', requestEventsMax);
  const limit = Number.MAX_SAFE_INTEGER;
  positions.forEach((position, index) => {
    if (position >= 1 && position <= limit) return;
    const description = `must be from 1 to ${limit}, is ${position}`;
    refuse({ field: `positions[${index}]`, description, limit, actual: position });
  });
}

export function alreadyExists(name: string): OncelogError {
  const description = 'is taken by a group with other settings; take another name, or delete that group first';
  return new OncelogError('ALREADY_EXISTS', `name: ${description}`, {
    violations: [{ field: 'name', description, actual: name }],
  });
}

export function tooManyGroups(limit: number, actual: number): OncelogError {
  const description = `there are ${actual} of at most ${limit} groups; delete one that is no longer needed`;
  return violated('RULE_BROKEN', [{ field: 'name', description, limit, actual }]);
}

function checkCount(items: readonly unknown[], field: string, limit: number): void {
  const actual = items.length;
  if (actual <= limit) return;
  refuse({ field, description: `must be at most ${limit} in one call, are ${actual}`, limit, actual });
}

function refuse(violation: Violation | undefined): void {
  if (violation) throw violated('RULE_BROKEN', [violation]);
}
