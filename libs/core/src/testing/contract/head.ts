// Contract: who watches the head learns that the log has grown, when it can be read.
import { append } from '../append.ts';
import { describe, expect, it } from 'vitest';
import { everyEvent } from '../../event-filter.ts';
import type { EventStore } from '../../event-store.ts';
import { jsonContent, sampleEvent } from '../sample-events.ts';
import type { CreateStorePlace } from '../store-place.ts';
import { openFreshStore } from './fresh-store.ts';

export function describeHead(createPlace: CreateStorePlace): void {
  const openFresh = () => openFreshStore(createPlace);
  const events = (...ids: string[]) => ids.map((id) => sampleEvent('t', id));

  describe('watching the head', () => {
    it('tells the highest position, once for each commit that stored something', async () => {
      const { store } = await openFresh();
      const heads: number[] = [];
      store.watchHead((head) => heads.push(head));
      await append(store, [events('a', 'b'), events('c')]);
      await append(store, [events('a', 'd', 'b')]);
      expect(heads).toEqual([3, 4]);
    });

    it('tells nothing when all were repeats or conflicts, or when there was nothing, after a restart too', async () => {
      const { store, open } = await openFresh();
      await append(store, [events('a', 'b')]);
      const conflict = sampleEvent('t', 'a', { content: jsonContent('{"other":1}') });
      const heads: number[] = [];
      const publishAgain = async (to: EventStore) => {
        to.watchHead((head) => heads.push(head));
        await append(to, [events('b', 'a'), [conflict]]);
        await append(to, []);
        await to.erase('t', 'a');
      };
      await publishAgain(store);
      await store.close();
      const reopened = await open();
      await publishAgain(reopened);
      expect(heads).toEqual([]);
      await append(reopened, [events('c')]);
      expect(heads).toEqual([3]);
    });

    it('tells it when every read finds the events, and before who published them learns of it', async () => {
      const { store } = await openFresh();
      const order: string[] = [];
      const reads: Promise<readonly number[]>[] = [];
      store.watchHead((head) => {
        order.push(`head ${head}`);
        const tailed = store.tail({ filter: everyEvent, after: head - 1, eventsMax: 1, bytesMax: 1, scanMax: 1 });
        reads.push(
          tailed.then(({ entries, head: found }) => [head, found, ...entries.map(({ position }) => position)]),
        );
      });
      for (const id of ['a', 'b', 'c']) {
        const [[outcome] = []] = await append(store, [events(id)]);
        order.push(`published ${outcome?.position}`);
      }
      expect(order).toEqual([1, 2, 3].flatMap((position) => [`head ${position}`, `published ${position}`]));
      for (const [head, found, ...positions] of await Promise.all(reads)) {
        expect(found).toBeGreaterThanOrEqual(head!);
        expect(positions).toEqual([head]);
      }
      expect(reads).toHaveLength(3);
    });

    it('tells each watcher until it ends, and a function as often as it watches', async () => {
      const { store } = await openFresh();
      const heads: string[] = [];
      const twice = (head: number) => heads.push(`twice ${head}`);
      const ends = [store.watchHead(twice), store.watchHead(twice)];
      const endItself = store.watchHead((head) => {
        heads.push(`itself ${head}`);
        endItself();
      });
      await append(store, [events('a')]);
      ends[0]!();
      ends[0]!();
      await append(store, [events('b')]);
      ends[1]!();
      await append(store, [events('c')]);
      expect(heads).toEqual(['twice 1', 'twice 1', 'itself 1', 'twice 2']);
    });
  });
}
