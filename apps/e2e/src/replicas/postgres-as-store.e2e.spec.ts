import { hasService, stablePort } from '@oncelog/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launchAggregator } from '../launch/aggregator-process.ts';
import { curlPost } from '../launch/curl.ts';
import { runNode } from '../launch/run-program.ts';
import { sharedStore } from '../launch/shared-services.ts';
import { readStats } from '../launch/when-received.ts';
import { cliMain } from '../reading/watched-process.ts';

describe.skipIf(!hasService('postgres'))('an aggregator whose store is a PostgreSQL', () => {
  it('knows over a restart what it has stored, from curl and from the command line', async () => {
    const launch = { ...sharedStore(), port: await stablePort() };
    let aggregator = await launchAggregator(launch);
    onTestFinished(async () => void (await aggregator.end('SIGKILL')));
    const event = { topic: 'orders', event_id: 'order-1', payload: { total: 42 } };
    const outcomeOfCurl = async () => (await curlPost(`${aggregator.url}/publish`, JSON.stringify(event))).body;
    const cli = (payload: string) =>
      runNode(cliMain, ['publish', 'orders', '--id', 'order-1', '--payload', payload, '--json'], {
        env: { ONCELOG_TARGET: aggregator.target },
      });

    expect(await outcomeOfCurl()).toMatchObject({ outcomes: [{ outcome: 'STORED', position: 1 }] });
    const repeated = await cli('{"total": 42}');
    expect(repeated.code, repeated.stderr).toBe(0);
    expect(JSON.parse(repeated.stdout)).toMatchObject({ outcome: 'DUPLICATE', position: 1 });

    expect(await aggregator.end('SIGTERM')).toEqual({ code: 0, signal: null });
    aggregator = await launchAggregator(launch);
    expect(await outcomeOfCurl()).toMatchObject({ outcomes: [{ outcome: 'DUPLICATE', position: 1 }] });
    expect(await cli('{"total": 43}')).toMatchObject({ code: 3 });
    const counted = { received: 4, unique_processed: 1, duplicate_dropped: 3, conflicts: 1 };
    expect(await readStats(aggregator.url)).toMatchObject(counted);
  });
});
