import { type ChangedGroup, type EventStore, everyEvent } from '@oncelog/core';
import { hasService, startPostgres } from '@oncelog/testing';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { createPostgresEventStore } from '../postgres-event-store.ts';
import { urlOfSchema } from '../testing/temporary-schema.ts';

const name = 'billing by the hour';
const settings = { filter: everyEvent, leaseMs: 30_000, attemptsMax: 5 };

describe.runIf(hasService('postgres'))('a store on one PostgreSQL with another', () => {
  async function twoStores(serverUrl: string) {
    const url = urlOfSchema(serverUrl);
    const open = async () => {
      const store = await createPostgresEventStore({ url, durability: 'os' });
      onTestFinished(() => store.close());
      return store;
    };
    const [here, there] = [await open(), await open()];
    await here.consumers.createGroup({ name, settings, cursor: 0, createdTimeMs: 1 });
    const heard: ChangedGroup[] = [];
    const stop = there.consumers.watchGroups((each) => heard.push(each));
    return { here, heard, stop };
  }

  async function change({ consumers }: EventStore, expectedVersion: number): Promise<boolean> {
    const [made] = await consumers.change([{ name, expectedVersion, cursor: 1 }]);
    return made!;
  }

  it('tells of groups that the other changes and deletes, with their versions', async () => {
    const { here, heard } = await twoStores(inject('postgresUrl')!);
    expect(await change(here, 1)).toBe(true);
    expect(await change(here, 1)).toBe(false);
    expect(await change(here, 2)).toBe(true);
    expect(await here.consumers.deleteGroup(name)).toBe(true);
    expect(await here.consumers.deleteGroup(name)).toBe(false);
    const versions = [2, 3, Infinity];
    await expect.poll(() => heard).toEqual(versions.map((version) => ({ name, version })));
  });

  it('tells nobody who has stopped to watch', async () => {
    const { here, heard, stop } = await twoStores(inject('postgresUrl')!);
    const still: ChangedGroup[] = [];
    here.consumers.watchGroups((each) => still.push(each));
    stop();
    await change(here, 1);
    await expect.poll(() => still).toEqual([{ name, version: 2 }]);
    expect(heard).toEqual([]);
  });

  it('says that any group may have changed when it could not listen, and listens again', async () => {
    const server = await startPostgres({ durable: false });
    onTestFinished(() => server.stop());
    const { here, heard } = await twoStores(server.url);
    await server.kill();
    await server.start();
    await expect.poll(() => heard, { timeout: 5000 }).toEqual([{ version: Infinity }]);
    await expect.poll(() => change(here, 1).catch(() => false), { timeout: 5000 }).toBe(true);
    await expect.poll(() => heard).toContainEqual({ name, version: 2 });
  });
});
