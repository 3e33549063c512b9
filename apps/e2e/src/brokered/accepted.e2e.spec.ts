import { hasService } from '@oncelog/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launchAggregator, type LaunchOptions } from '../launch/aggregator-process.ts';
import { curlPost } from '../launch/curl.ts';
import { runNode } from '../launch/run-program.ts';
import { sharedStoreBehindBroker } from '../launch/shared-services.ts';
import { cliMain } from '../reading/watched-process.ts';
import { untilSettled } from './broker-load.ts';

const event = JSON.stringify({ topic: 'orders', event_id: 'order-1', payload: { total: 42 } });
const changed = JSON.stringify({ topic: 'orders', event_id: 'order-1', payload: { total: 43 } });

async function launchOfTest(options: LaunchOptions) {
  const aggregator = await launchAggregator(options);
  onTestFinished(async () => void (await aggregator.end('SIGKILL')));
  return aggregator;
}

const hasServices = hasService('postgres') && hasService('redis');

describe.skipIf(!hasServices)('an aggregator behind whose broker works another', () => {
  it('answers 202 at once, and tells whoever asks later what became of the event', async () => {
    const { store, args: shared } = sharedStoreBehindBroker();
    const serving = await launchOfTest({ store, args: [...shared, '--role', 'serve'] });
    const cli = (...args: string[]) => runNode(cliMain, args, { env: { ONCELOG_TARGET: serving.target } });
    const check = (body: string) => curlPost(`${serving.url}/check`, body);

    expect(await curlPost(`${serving.url}/publish`, event)).toMatchObject({
      status: 202,
      body: { status: 'queued', pending: ['order-1'], outcomes: [{ outcome: 'ACCEPTED' }] },
    });
    // Nobody stores yet.
    expect(await check(event)).toMatchObject({ status: 200, body: { checked: [{ status: 'NEW' }] } });
    expect(await cli('check', 'orders', 'order-1')).toMatchObject({ code: 4 });
    const repeated = await cli('publish', 'orders', '--id', 'order-1', '--payload', '{"total":42}', '--json');
    expect(repeated.code, repeated.stderr).toBe(0);
    expect(JSON.parse(repeated.stdout)).toMatchObject({ outcome: 'ACCEPTED' });

    await launchOfTest({ store, args: [...shared, '--role', 'work'] });
    await untilSettled(serving.target);
    expect(await check(event)).toMatchObject({ body: { checked: [{ status: 'DUPLICATE', position: 1 }] } });
    expect(await check(changed)).toMatchObject({ body: { checked: [{ status: 'CONFLICT', position: 1 }] } });
    expect(await cli('check', 'orders', 'order-1')).toMatchObject({ code: 0 });
    const stats = (await (await fetch(`${serving.url}/stats`)).json()) as unknown;
    expect(stats).toMatchObject({ received: 2, unique_processed: 1, duplicate_dropped: 1, conflicts: 0 });
  });
});
