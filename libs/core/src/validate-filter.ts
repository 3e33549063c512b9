// The rules of a filter, the same for subscriptions and consumer groups.
import type { EventFilter } from './event-filter.ts';
import { violated, type Violation } from './errors.ts';
import type { Limits } from './limits.ts';
import { type AttributeLimits, attributeViolations, nameViolation, present, tooMany } from './name-rules.ts';

/** A refusal names at most this many broken rules, as that of events does. */
const violationsMax = 20;

export type FilterLimits = AttributeLimits & Pick<Limits, 'filterNamesMax' | 'topicBytesMax' | 'sourceBytesMax'>;

/** Throws what is wrong with the filter, all of it up to a bound, under the path of the field that carried it. */
export function validateFilter(filter: EventFilter, limits: FilterLimits, path: string): void {
  const broken = [
    ...namesViolations(filter.topics, `${path}.topics`, limits.topicBytesMax, limits),
    ...namesViolations(filter.topicPrefixes, `${path}.topic_prefixes`, limits.topicBytesMax, limits),
    ...namesViolations(filter.sources, `${path}.sources`, limits.sourceBytesMax, limits),
    ...attributeViolations(filter.attributes, `${path}.attributes`, limits),
  ];
  const [first, ...more] = broken.slice(0, violationsMax);
  if (first) throw violated('RULE_BROKEN', [first, ...more]);
}

function namesViolations(
  names: readonly string[],
  path: string,
  bytesMax: number,
  { filterNamesMax }: FilterLimits,
): Violation[] {
  if (names.length > filterNamesMax) return [tooMany(path, 'names', filterNamesMax, names.length)];
  return present(names.map((name, index) => nameViolation(name, `${path}[${index}]`, 1, bytesMax)));
}
