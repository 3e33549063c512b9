import { defaultLimits, OncelogError } from '@oncelog/core';
import { describe, expect, it } from 'vitest';
import { parameterOf, parseSubscribeQuery } from './subscribe-query.ts';

const parse = (query: string, lastEventId = '') =>
  parseSubscribeQuery(`/subscribe${query}`, lastEventId, defaultLimits);

const all = {
  filter: { topics: [], topicPrefixes: [], sources: [], attributes: {} },
  after: '',
  start: undefined,
  endWhenCaughtUp: false,
  heartbeatMs: undefined,
};

describe('the query of a subscription', () => {
  it('lets everything through when it is empty', () => {
    expect(parse('')).toEqual(all);
    expect(parse('?')).toEqual(all);
  });

  it('takes several topics, prefixes and sources, commas being part of a name', () => {
    expect(parse('?topic=a,b&topic=c&topic_prefix=x.&topic_prefix=y+z&source=s&source=%F0%9F%9A%80').filter).toEqual({
      topics: ['a,b', 'c'],
      topicPrefixes: ['x.', 'y z'],
      sources: ['s', '🚀'],
      attributes: {},
    });
  });

  it('takes each attribute by its key', () => {
    expect(parse('?attribute.a.b=1&attribute.%C3%A9=x%3Dy&attribute.__proto__=p').filter.attributes).toEqual(
      Object.fromEntries([
        ['a.b', '1'],
        ['é', 'x=y'],
        ['__proto__', 'p'],
      ]),
    );
  });

  it('takes where to begin, whether to end and how often to hear something', () => {
    expect(parse('?from=now&until=end&heartbeat=60')).toEqual({
      ...all,
      start: 'now',
      endWhenCaughtUp: true,
      heartbeatMs: 60_000,
    });
    expect(parse('?from=beginning').start).toBe('beginning');
    expect(parse('?after=c')).toEqual({ ...all, after: 'c' });
  });

  it('goes on from the last event seen, wherever the query began', () => {
    expect(parse('?after=first&topic=t', 'last')).toMatchObject({ after: 'last', start: undefined });
    expect(parse('?from=now', 'last')).toMatchObject({ after: 'last', start: undefined });
  });

  it.each([
    ['?topics=a', 'topics', /allowed are topic, topic_prefix, source, attribute\.<key>, after/],
    ['?after=a&after=b', 'after', /more than once/],
    ['?from=now&%66rom=now', 'from', /more than once/],
    ['?attribute.k=1&attribute.k=1', 'attribute.k', /more than once/],
    ['?from=', 'from', /must be one of beginning, now/],
    ['?from=end', 'from', /must be one of beginning, now/],
    ['?until=now', 'until', /must be one of end/],
    ['?heartbeat=0', 'heartbeat', /from 1 to 60/],
    ['?heartbeat=61', 'heartbeat', /from 1 to 60/],
    ['?heartbeat=1.5', 'heartbeat', /from 1 to 60/],
    ['?topic=%ff', 'topic', /percent-encoded UTF-8/],
    ['?attribute.k=%ff', 'attribute.k', /percent-encoded UTF-8/],
    ['?last_event_id=c', 'last_event_id', /not a parameter/],
  ])('refuses %s by name', (query, field, description) => {
    let error: unknown;
    try {
      parse(query);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(OncelogError);
    expect(error).toMatchObject({ code: 'RULE_BROKEN', violations: [{ field }] });
    expect((error as OncelogError).message).toMatch(description);
  });
});

describe('the parameter behind a field', () => {
  it.each([
    ['filter.topics[3]', 'topic[3]'],
    ['filter.topic_prefixes', 'topic_prefix'],
    ['filter.sources[0]', 'source[0]'],
    ['filter.attributes["a.b"]', 'attribute.a.b'],
    ['filter.attributes', 'attribute'],
    ['start', 'from'],
    ['after', 'after'],
    ['subscribers', 'subscribers'],
  ])('%s is %s', (field, parameter) => {
    expect(parameterOf(field, false)).toBe(parameter);
  });

  it('is the header for who resumes', () => {
    expect(parameterOf('after', true)).toBe('last-event-id');
  });
});
