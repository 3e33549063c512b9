import { defaultLimits, OncelogError } from '@oncelog/core';
import { jsonContent, sampleEvent } from '@oncelog/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { deadEntries, HoldingBroker } from '../testing/holding-broker.ts';
import { listDeadEntries, replayDeadEntries } from './dead-entries.ts';

const small = (id: string) => sampleEvent('t', id);
const large = (id: string) => sampleEvent('t', id, { content: jsonContent('x'.repeat(1_000_000)) });

let broker: HoldingBroker;

beforeEach(() => {
  broker = new HoldingBroker();
});

const limits = { ...defaultLimits, pageBytesMax: 2_500_000 };
const list = (pageSize = 0, pageToken = '') => listDeadEntries({ broker, limits }, { pageSize, pageToken });
const replay = (...ids: string[]) => replayDeadEntries({ broker, limits }, ids);

async function refusalOf(call: Promise<unknown>): Promise<OncelogError> {
  const error = await call.then(
    () => expect.unreachable('it was taken'),
    (refusal: unknown) => refusal,
  );
  expect(error).toBeInstanceOf(OncelogError);
  return error as OncelogError;
}

describe('a list of dead entries', () => {
  it('is one empty page when there are none', async () => {
    expect(await list()).toEqual({ entries: [], nextPageToken: '' });
  });

  it.each([1, 3, 4, 5, 8, 50, 100])('comes in pages of %i, each entry once, and the last one says so', async (size) => {
    broker.dead = deadEntries(100, small);
    const ids: string[] = [];
    for (let token = ''; ;) {
      const { entries, nextPageToken } = await list(size, token);
      expect(entries).toHaveLength(Math.min(size, 100 - ids.length));
      ids.push(...entries.map(({ id }) => id));
      if (nextPageToken === '') break;
      token = nextPageToken;
    }
    expect(ids).toEqual(broker.dead.map(({ id }) => id));
  });

  it('comes in pages of 20 when nobody says how many', async () => {
    broker.dead = deadEntries(21, small);
    expect((await list()).entries).toHaveLength(20);
  });

  it('is bounded in bytes too, and is never asked for in one piece', async () => {
    broker.dead = deadEntries(10, large);
    const first = await list(100);
    expect(first.entries).toHaveLength(2);
    expect((await list(100, first.nextPageToken)).entries[0]!.id).toBe(broker.dead[2]!.id);
    expect(Math.max(...broker.asked)).toBeLessThanOrEqual(4);
  });

  it('shows an entry that is larger than a page by itself', async () => {
    broker.dead = deadEntries(2, (id) => sampleEvent('t', id, { content: jsonContent('x'.repeat(3_000_000)) }));
    expect((await list()).entries).toHaveLength(1);
  });

  it.each(['nonsense', '!', 'AAAA', 'AAAAAA', `${'A'.repeat(500)}`])(
    'refuses a token that is none: %s',
    async (token) => {
      expect(await refusalOf(list(0, token))).toMatchObject({
        code: 'RULE_BROKEN',
        violations: [{ field: 'page_token' }],
      });
    },
  );

  it.each([-1, 101])('refuses a page of %i', async (size) => {
    expect(await refusalOf(list(size))).toMatchObject({
      violations: [{ field: 'page_size', limit: 100, actual: size }],
    });
  });
});

describe('dead entries', () => {
  it('go back by their ids, and those that are not dead are left out', async () => {
    broker.dead = deadEntries(5, small);
    const [first, , third] = broker.dead.map(({ id }) => id);
    expect(await replay(first!, third!, 'unknown')).toBe(2);
    expect(broker.held.map(({ eventId }) => eventId)).toEqual([first, third]);
    expect(broker.dead).toHaveLength(3);
  });

  it('go back all together when none are named, but for those that die meanwhile', async () => {
    broker.dead = deadEntries(9, small);
    const again = { ...deadEntries(1, small)[0]!, id: '1700000000001-0000' };
    const put = broker.replay.bind(broker);
    broker.replay = async (ids) => {
      const replayed = await put(ids);
      if (!broker.dead.includes(again)) broker.dead.push(again);
      return replayed;
    };
    expect(await replay()).toBe(9);
    expect(broker.dead).toEqual([again]);
  });

  it.each(['', 'x'.repeat(256)])('are not named by "%s"', async (id) => {
    expect(await refusalOf(replay('1-0', id))).toMatchObject({ violations: [{ field: 'ids[1]', limit: 255 }] });
  });
});

it.each(['list', 'replay'])('a log without a broker has none to %s, and says how to have one', async (call) => {
  const log = { broker: undefined, limits };
  const asked = call === 'list' ? listDeadEntries(log, { pageSize: 0, pageToken: '' }) : replayDeadEntries(log, []);
  const { code, message } = await refusalOf(asked);
  expect(code).toBe('NOT_FOUND');
  expect(message).toContain('--broker redis://');
});
