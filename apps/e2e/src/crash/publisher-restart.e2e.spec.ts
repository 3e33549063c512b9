import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises'; // clock: see acknowledgedButNotCommittedMs
import { create, createOncelogClient, EventSchema } from '@oncelog/client';
import { stablePort } from '@oncelog/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { type Finished, publisherMain, runNode } from '../launch/run-program.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { whenReceived } from '../launch/when-received.ts';
import { earlyAcknowledgement } from './cycle-figures.ts';

const count = 2400;
const distinct = 1800;
const run = 'crash';
/** More than a second of load: time enough for a kill in the middle. */
const load = ['--count', String(count), '--rate', '2000', '--batch', '20', '--run', run, '--topics', 'orders'];

/** The faulty server commits twice a second: what it acknowledges in this time after a commit is lost by a kill. */
const commitDelayMs = 500;
const acknowledgedButNotCommittedMs = 250;

const restartTimeoutMs = 60_000;

/** The last line of the publisher's output, as far as it matters here. */
interface Report {
  readonly distinct: number;
  readonly stored: number;
  readonly received: number;
  readonly resent: number;
  readonly verified: boolean | null;
  readonly problems: readonly string[];
}

describe('the publisher, when its aggregator is killed with kill -9 and started again', () => {
  it.each(['stream', 'unary', 'rest'])(
    'goes on by itself and finds every event stored exactly once (mode %s)',
    async (mode) => {
      const dataDir = dataDirOfTest();
      const aggregator = await startAggregator({ dataDir, port: await stablePort() });
      const publishing = publish(aggregator, '--mode', mode);
      await whenReceived({ aggregator, publishing, receivedMin: count / 4 });
      await aggregator.end('SIGKILL');
      await startAggregator({ dataDir, port: aggregator.port });

      const { code, report } = await finished(publishing);
      expect(report).toMatchObject({ distinct, stored: distinct, verified: true, problems: [] });
      expect(report.resent).toBeGreaterThan(0);
      expect(report.received).toBeGreaterThanOrEqual(count);
      expect(code).toBe(0);
    },
    restartTimeoutMs,
  );
});

describe('the verification of the publisher', () => {
  it(
    'fails when the aggregator has lost what it had acknowledged',
    async () => {
      const dataDir = dataDirOfTest();
      const faulty = await startAggregator({
        dataDir,
        port: await stablePort(),
        env: earlyAcknowledgement(commitDelayMs),
      });
      const publishing = publish(faulty, '--mode', 'unary');
      // Seen only once it is committed; what follows is acknowledged, and lost.
      await whenReceived({ aggregator: faulty, publishing, receivedMin: 1 });
      await delay(acknowledgedButNotCommittedMs);
      await faulty.end('SIGKILL');
      await startAggregator({ dataDir, port: faulty.port });

      const { code, report } = await finished(publishing);
      expect(report.verified).toBe(false);
      expect(report.problems.join('\n')).toMatch(/\d+ of 1800 events are missing/);
      expect(code).toBe(1);
    },
    restartTimeoutMs,
  );

  it('fails when one of its ids is taken by other content', async () => {
    const aggregator = await startAggregator({ dataDir: dataDirOfTest() });
    const client = await createOncelogClient({ target: aggregator.target });
    onTestFinished(() => client.close());
    await client.publish([create(EventSchema, { topic: 'orders', eventId: `${run}-7`, source: 'somebody else' })]);

    const { code, report } = await finished(publish(aggregator, '--rate', '0'));
    expect(report.verified).toBe(false);
    expect(report.problems.join('\n')).toMatch(/met other content under their id/);
    expect(report.problems.join('\n')).toMatch(/1 of 1800 events are missing/);
    expect(code).toBe(1);
  });
});

function dataDirOfTest(): string {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  return join(folder.path, 'data');
}

async function startAggregator(options: Parameters<typeof launchAggregator>[0]): Promise<AggregatorProcess> {
  const aggregator = await launchAggregator(options);
  onTestFinished(async () => void (await aggregator.end('SIGKILL')));
  return aggregator;
}

function publish({ target }: AggregatorProcess, ...args: readonly string[]): Promise<Finished> {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  return runNode(publisherMain, ['--target', target, ...load, ...args, '--json', '--quiet'], { signal: stop.signal });
}

async function finished(
  publishing: Promise<Finished>,
): Promise<{ readonly code: number | null; readonly report: Report }> {
  const { code, stdout, stderr } = await publishing;
  const lastLine = stdout.trimEnd().split('\n').at(-1) ?? '';
  if (!lastLine.startsWith('{')) throw new Error(`the publisher ended with ${code} and without a report:\n${stderr}`);
  return { code, report: JSON.parse(lastLine) as Report };
}
