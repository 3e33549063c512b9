// The query of GET /subscribe: parameters of a filter may come several times, all others at most once.
import type { Limits } from '@oncelog/core';
import type { SubscribeRequest } from '../../handlers/subscribe.ts';
import { choice, decode, givenTwice, type Query, queryPairs, unknownParameter, wholeNumber } from '../query.ts';

const repeated = ['topic', 'topic_prefix', 'source'] as const;
const single = ['after', 'from', 'until', 'heartbeat'];
const attributePrefix = 'attribute.';
const allowed = [...repeated, `${attributePrefix}<key>`, ...single];

const starts = { beginning: 'beginning', now: 'now' } as const;
const ends = { end: 'end' } as const;

/** Who resumes goes on from the last event it has seen; the place in the query is where it began. */
export function parseSubscribeQuery(
  url: string,
  lastEventId: string,
  { heartbeatMsMax }: Pick<Limits, 'heartbeatMsMax'>,
): SubscribeRequest {
  const { names, attributes, query } = sortedPairs(url);
  const start = choice<'beginning' | 'now' | ''>(query, 'from', starts, '') || undefined;
  const resumed = lastEventId !== '';
  const seconds = wholeNumber(query, 'heartbeat', { fallback: 0, max: Math.floor(heartbeatMsMax / 1000) });
  return {
    filter: { topics: names.topic, topicPrefixes: names.topic_prefix, sources: names.source, attributes },
    after: resumed ? lastEventId : (query.get('after') ?? ''),
    start: resumed ? undefined : start,
    endWhenCaughtUp: choice<'end' | ''>(query, 'until', ends, '') === 'end',
    heartbeatMs: seconds === 0 ? undefined : seconds * 1000,
  };
}

function sortedPairs(url: string) {
  const names = { topic: [] as string[], topic_prefix: [] as string[], source: [] as string[] };
  const attributes = new Map<string, string>();
  const query = new Map<string, string>();
  for (const [name, value] of queryPairs(url)) {
    const list = repeated.find((candidate) => candidate === name);
    if (list) names[list].push(decode(value, name));
    else if (name.startsWith(attributePrefix)) setOnce(attributes, name.slice(attributePrefix.length), value, name);
    else if (single.includes(name)) setOnce(query, name, value, name);
    else throw unknownParameter(name, allowed);
  }
  return { names, attributes: Object.fromEntries(attributes), query: query as Query };
}

function setOnce(map: Map<string, string>, key: string, value: string, name: string): void {
  if (map.has(key)) throw givenTwice(name);
  map.set(key, decode(value, name.slice(0, 64)));
}

const parameters: readonly (readonly [RegExp, string])[] = [
  [/^filter\.topics/, 'topic'],
  [/^filter\.topic_prefixes/, 'topic_prefix'],
  [/^filter\.sources/, 'source'],
  [/^filter\.attributes\["(.*)"\]$/, 'attribute.$1'],
  [/^filter\.attributes/, 'attribute'],
  [/^start$/, 'from'],
];

/** The parameter, or the header, behind a field of the contract. */
export function parameterOf(field: string, resumed: boolean): string {
  if (resumed && field === 'after') return 'last-event-id';
  const [pattern, parameter] = parameters.find(([candidate]) => candidate.test(field)) ?? [];
  return pattern && parameter ? field.replace(pattern, parameter) : field;
}
