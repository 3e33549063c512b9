// Contract: what a check answers is what an append would have answered, and nothing comes of it.
import { describe, expect, it } from 'vitest';
import type { Content, NewEvent } from '../../event.ts';
import type { CheckedEvent, Outcome } from '../../outcome.ts';
import { append } from '../append.ts';
import type { SharedStore } from '../event-store-contract.ts';
import { jsonContent, sampleEvent } from '../sample-events.ts';
import type { CreateStorePlace } from '../store-place.ts';
import { openFreshStore } from './fresh-store.ts';

const all = { topicsMax: 100, sourcesMax: 100 };
const nothingStored: CheckedEvent = { status: 'new', position: 0, storedTimeMs: 0 };

export function describeCheck(shared: () => SharedStore, createPlace: CreateStorePlace): void {
  const spelled = jsonContent('{"a":1,"b":[2,3]}');
  const image = (...bytes: number[]): Content => ({ bytes: Uint8Array.from(bytes), contentType: 'image/png' });
  /** First what is stored, then what is checked against it. */
  const compared: readonly (readonly [name: string, stored: Content, checked: Content])[] = [
    ['the same bytes', spelled, spelled],
    ['the same JSON in another spelling', spelled, jsonContent('{ "b": [2.0, 3e0], "a": 1 }')],
    ['the same JSON as data', spelled, jsonContent('{"b":[2,3],"a":1}', 'application/json; charset=utf-8')],
    ['another value', spelled, jsonContent('{"a":1,"b":[2,4]}')],
    [
      '64-bit integers that round to the same double',
      jsonContent('[9007199254740993]'),
      jsonContent('[9007199254740992]'),
    ],
    ['the same text of another type', spelled, jsonContent('{"a":1,"b":[2,3]}', 'text/plain')],
    ['the same bytes that are not JSON', image(0, 255), image(0, 255)],
    ['other bytes that are not JSON', image(0, 255), image(0, 254)],
    ['no bytes at all', image(0, 255), image()],
    ['JSON that is broken', jsonContent('{"a":', 'application/json'), jsonContent('{"a": ', 'application/json')],
  ];
  const eventsOf = (topic: string, of: 'stored' | 'checked'): NewEvent[] =>
    compared.map(([name, stored, checked]) =>
      sampleEvent(topic, name, { content: of === 'stored' ? stored : checked }),
    );

  /** What is checked is published afterwards: the outcomes are the same. */
  const expectAsAppended = async (topic: string, beforeCheck: (topic: string) => Promise<unknown>) => {
    const { store } = shared();
    await append(store, [eventsOf(topic, 'stored')]);
    await beforeCheck(topic);
    const events = eventsOf(topic, 'checked');
    const checked = await store.check(events);
    const [outcomes] = await append(store, [events]);
    expect(checked).toEqual(outcomes);
    return checked.map(({ status }) => status);
  };

  describe('checking', () => {
    it('knows nothing of a key that is not stored: by its topic, by its id, by the case of a letter', async () => {
      const { store } = shared();
      await append(store, [[sampleEvent('check new', 'a')]]);
      const keys = [
        ['check unknown', 'a'],
        ['check new', 'b'],
        ['check new', 'A'],
        ['Check new', 'a'],
        ['check new', 'a '],
      ] as const;
      const checked = await store.check(keys.map(([topic, eventId]) => sampleEvent(topic, eventId)));
      expect(checked).toEqual(keys.map(() => nothingStored));
    });

    it('answers what an append would have answered: by content, with the first position and time', async () => {
      const statuses = await expectAsAppended('check stored', async () => shared().moveClock(60_000));
      expect(statuses.filter((status) => status === 'duplicate')).toHaveLength(4);
      expect(statuses.filter((status) => status === 'conflict')).toHaveLength(6);
    });

    it('answers the same of events whose content is erased', async () => {
      const statuses = await expectAsAppended('check erased', async (topic) => {
        for (const [name] of compared) expect(await shared().store.erase(topic, name)).toBe(true);
      });
      expect(statuses.filter((status) => status === 'duplicate')).toHaveLength(4);
    });

    it('answers the same when what is checked was compared with before, and erased since', async () => {
      const { store } = shared();
      const other = sampleEvent('check compared', 'a', { content: jsonContent('{"b":[2,3],"a":1}') });
      const [[first] = []] = await append(store, [[sampleEvent('check compared', 'a', { content: spelled })]]);
      const expected = [{ ...first, status: 'duplicate' }];
      expect(await store.check([other])).toEqual(expected);
      await store.erase('check compared', 'a');
      expect(await store.check([other])).toEqual(expected);
    });

    it('takes whatever is stored under a key for a duplicate when only keys are asked for', async () => {
      const { store } = shared();
      const [outcomes = []] = await append(store, [eventsOf('check keys', 'stored')]);
      await store.erase('check keys', compared[0]![0]);
      const events = [...eventsOf('check keys', 'checked'), sampleEvent('check keys', 'unknown')];
      const duplicates = outcomes.map((outcome: Outcome) => ({ ...outcome, status: 'duplicate' }));
      expect(await store.check(events, { keysOnly: true })).toEqual([...duplicates, nothingStored]);
    });

    it('looks at each event by itself: two of one new key are both new', async () => {
      const { store } = shared();
      const events = ['{"v":1}', '{"v":2}'].map((text) =>
        sampleEvent('check twice', 'a', { content: jsonContent(text) }),
      );
      expect(await store.check(events)).toEqual([nothingStored, nothingStored]);
      const [[first] = []] = await append(store, [[events[0]!]]);
      expect(await store.check([events[1]!, events[0]!, events[1]!])).toEqual(
        ['conflict', 'duplicate', 'conflict'].map((status) => ({ ...first, status })),
      );
    });

    it('sees what is stored as soon as its append is answered', async () => {
      const { store } = shared();
      for (let round = 0; round < 20; round += 1) {
        const events = [sampleEvent(`check at once ${round % 2}`, `${round}`)];
        const [[outcome] = []] = await append(store, [events]);
        expect(await store.check(events)).toEqual([{ ...outcome, status: 'duplicate' }]);
      }
    });

    it('writes nothing and counts nothing', async () => {
      const { store, open } = await openFreshStore(createPlace);
      await append(store, [[sampleEvent('t', 'a')]]);
      const before = await store.stats(all);
      const contents = [{}, { content: jsonContent('{}') }];
      await store.check(contents.flatMap((more) => ['a', 'b'].map((id) => sampleEvent('t', id, more))));
      await store.check([sampleEvent('another topic', 'a', { source: 'another source' })]);
      expect(await store.stats(all)).toEqual(before);
      await store.close();
      const reopened = await open();
      expect(await reopened.stats(all)).toEqual(before);
      expect(await reopened.get('t', 'b')).toBeUndefined();
    });

    it('answers 10,000 events in their order, and none for none', async () => {
      const { store } = await openFreshStore(createPlace);
      const events = Array.from({ length: 10_000 }, (_, index) => sampleEvent(`t${index % 7}`, `e${index}`));
      const [outcomes = []] = await append(store, [events.filter((_, index) => index % 3 === 0)]);
      const checked = await store.check(events);
      const expected = events.map((_, index) =>
        index % 3 === 0 ? { ...outcomes[index / 3], status: 'duplicate' } : nothingStored,
      );
      expect(checked).toEqual(expected);
      expect(await store.check([])).toEqual([]);
    });

    it('goes on answering the same when the log is opened again', async () => {
      const { store, open } = await openFreshStore(createPlace);
      const [outcomes = []] = await append(store, [eventsOf('t', 'stored')]);
      await store.erase('t', compared[1]![0]);
      const before = await store.check(eventsOf('t', 'checked'));
      await store.close();
      const reopened = await open();
      expect(await reopened.check(eventsOf('t', 'checked'))).toEqual(before);
      expect(before.map(({ position }) => position)).toEqual(outcomes.map(({ position }) => position));
    });
  });
}
