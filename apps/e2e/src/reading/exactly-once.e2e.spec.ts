import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises'; // clock: see pollMs
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { createOncelogClient, type OncelogClient } from '@oncelog/client';
import { stablePort } from '@oncelog/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSeededRandom, type SeededRandom } from '../crash/seeded-random.ts';
import { launchAggregator } from '../launch/aggregator-process.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { Payments } from './payments.ts';
import { WatchedProcess } from './watched-process.ts';

const kills = 10;
const timeoutMs = 180_000;

/** Payments that a process puts into the books before it is killed, at most. */
const headwayMax = 60;

/** Of a group: enough for its members to be busy, few enough to be done soon. */
const backlogMax = 60;
const pollMs = 10;

interface Setting {
  readonly random: SeededRandom;
  readonly books: string;
  readonly client: OncelogClient;
  readonly payments: Payments;
  start(example: string): WatchedProcess;
  restartAggregator(): Promise<void>;
}

async function prepare(seed: number): Promise<Setting> {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const launch = { dataDir: join(folder.path, 'data'), port: await stablePort() };
  let aggregator = await launchAggregator(launch);
  onTestFinished(async () => void (await aggregator.end('SIGKILL')));
  const retry = { attemptsMax: Number.POSITIVE_INFINITY, totalMs: 60_000 };
  const client = await createOncelogClient({ target: aggregator.target, retry });
  onTestFinished(() => client.close());
  const [random, books] = [createSeededRandom(seed), join(folder.path, 'books.db')];
  return {
    random,
    books,
    client,
    payments: new Payments(client, random),
    start(example) {
      const main = fileURLToPath(new URL(`../examples/${example}.ts`, import.meta.url));
      return new WatchedProcess(main, aggregator.target, [books]);
    },
    async restartAggregator() {
      await aggregator.end('SIGKILL');
      aggregator = await launchAggregator(launch);
    },
  };
}

function balancesIn(books: string): Map<string, number> {
  const database = new Database(books, { readonly: true });
  const rows = database.prepare<[], { account: string; cents: number }>('select account, cents from balance').all();
  database.close();
  return new Map(rows.map(({ account, cents }) => [account, cents]));
}

describe('effects exactly once', () => {
  it(
    'are what a cursor in the transaction of the effect gives a subscriber that is killed with kill -9',
    async () => {
      const { random, books, payments, start, restartAggregator } = await prepare(4711);
      for (let kill = 0; kill < kills; kill += 1) {
        await payments.publish(headwayMax);
        const ledger = start('exactly-once-ledger');
        const headway = 1 + random.below(headwayMax);
        await ledger.when(({ lines }) => lines.length >= headway);
        ledger.kill('SIGKILL');
        expect(await ledger.exited).toMatchObject({ signal: 'SIGKILL' });
        if (kill % 5 === 4) await restartAggregator();
      }
      const last = start('exactly-once-ledger');
      await payments.publish(headwayMax);
      await restartAggregator();
      await last.when(({ lines }) => lines.at(-1) === `in the books: ${payments.lastId}`);
      last.kill('SIGTERM');
      expect(await last.exited).toEqual({ code: 0, signal: null });
      expect(balancesIn(books)).toEqual(payments.balances);
    },
    timeoutMs,
  );

  it(
    'are what positions in the books give a group whose members are killed with kill -9, one after the other',
    async () => {
      const { random, books, client, payments, start, restartAggregator } = await prepare(815);
      let [older, newer] = [start('exactly-once-group'), start('exactly-once-group')];

      for (let kill = 0; kill < kills; kill += 1) {
        const headway = 1 + random.below(headwayMax);
        while (older.lines.length < headway) {
          older.assertRunning();
          if ((await leftIn(client)) < backlogMax) await payments.publish(10);
          else await delay(pollMs);
        }
        older.kill('SIGKILL');
        expect(await older.exited).toMatchObject({ signal: 'SIGKILL' });
        [older, newer] = [newer, start('exactly-once-group')];
        if (kill % 5 === 4) await restartAggregator();
      }
      while ((await leftIn(client)) > 0) await delay(pollMs);
      for (const member of [older, newer]) member.kill('SIGTERM');
      for (const member of [older, newer]) expect(await member.exited).toEqual({ code: 0, signal: null });
      expect(await client.groups.get('ledger')).toMatchObject({ backlog: 0, outstanding: 0, deadLetters: 0 });
      expect(balancesIn(books)).toEqual(payments.balances);
    },
    timeoutMs,
  );
});

async function leftIn(client: OncelogClient): Promise<number> {
  const { backlog = 0, outstanding = 0 } = (await client.groups.get('ledger')) ?? {};
  return backlog + outstanding;
}
