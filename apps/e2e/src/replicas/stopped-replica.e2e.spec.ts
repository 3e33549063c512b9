import { hasService } from '@oncelog/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { replicasOfTest, sharedStore } from '../launch/shared-services.ts';
import { CeaselessClients } from './ceaseless-clients.ts';
import { firstDifference, listPlaces } from './read-places.ts';

/** Of each kind of publisher, between one change and the next. */
const batchesBetween = 15;
const timeoutMs = 120_000;

describe.skipIf(!hasService('postgres'))('a replica that is stopped with SIGTERM under load', () => {
  it(
    'fails no call of a client that knows another one, and takes nothing away from readers',
    async () => {
      const replicas = await replicasOfTest({ count: 2, ...sharedStore() });
      const clients = new CeaselessClients(replicas.target);
      await clients.start();
      onTestFinished(() => clients.stop().catch(() => {}));
      let reached = 0;
      const goOn = async () => {
        reached = clients.batchesOfEach + batchesBetween;
        await expect.poll(() => clients.batchesOfEach, { timeout: 30_000 }).toBeGreaterThanOrEqual(reached);
      };
      for (const replica of [0, 1]) {
        await goOn();
        expect(await replicas.end(replica, 'SIGTERM')).toEqual({ code: 0, signal: null });
        await goOn();
        await replicas.start(replica);
      }
      await goOn();
      await clients.stopPublishing();
      const { published } = clients;
      await expect.poll(() => clients.heard.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(published.size);
      await expect.poll(() => new Set(clients.handled).size, { timeout: 30_000 }).toBe(published.size);
      await clients.stop();

      for (const target of replicas.targets) {
        expect(firstDifference(await listPlaces(target), clients.heard)).toBeUndefined();
      }
      expect(new Set(clients.handled)).toEqual(published);
      process.stdout.write(`two replicas stopped in turn: ${published.size} events published, no call failed\n`);
    },
    timeoutMs,
  );
});
