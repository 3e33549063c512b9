import { describe, expect, it, onTestFinished } from 'vitest';
import type { OncelogClientError } from '../failures/client-error.ts';
import { createOncelogClient } from '../create-client.ts';
import { newEvent } from '../events/event-draft.ts';
import { startBreakableProxy } from '../testing/breakable-proxy.ts';
import { standInForEachTest } from '../testing/connected-client.ts';
import { startStandInServer } from '../testing/stand-in-server.ts';

const standIn = standInForEachTest();
const { connect } = standIn;

/** Straight into the log: a standIn.server that is down cannot be asked. */
function store(...ids: readonly string[]): void {
  standIn.server.log.publish(ids.map((eventId) => newEvent({ topic: 'orders', eventId })));
}

async function restart(whileDown: () => void): Promise<void> {
  const { log, target, restTarget } = standIn.server;
  const port = (text: string) => Number(text.split(':')[1]);
  await standIn.server.close();
  whileDown();
  standIn.server = await startStandInServer(log, port(target), port(restTarget));
}

describe.each(['grpc-js', 'connect-grpc', 'connect', 'rest'] as const)('a subscription over %s', (transport) => {
  it('goes on over restarts of the aggregator, with each entry once and in order', async () => {
    await connect(transport);
    store('e0', 'e1');
    const seen: string[] = [];
    for await (const { eventId } of standIn.client.subscribe()) {
      seen.push(eventId);
      if (seen.length === 2 || seen.length === 5) await restart(() => store(`e${seen.length}`, `e${seen.length + 1}`));
      if (seen.length === 4) store('e4');
      if (seen.length === 7) break;
    }
    expect(seen).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5', 'e6']);
  });

  it('hands out each entry once and in order, wherever its connection breaks', async () => {
    const proxy = await startBreakableProxy(transport === 'rest' ? standIn.server.restTarget : standIn.server.target);
    onTestFinished(() => proxy.close());
    const retry = { delayBaseMs: 1, delayMaxMs: 20 };
    standIn.client = await createOncelogClient({ target: proxy.target, transport, retry });
    // Some 16 MB, more than all buffers on the way hold, so that a break meets answers in the middle.
    const text = 'x'.repeat(8000);
    const events = Array.from({ length: 2000 }, (_, n) =>
      newEvent({ topic: 'orders', eventId: `e${n}`, payload: { text } }),
    );
    for (let from = 0; from < events.length; from += 1000) standIn.server.log.publish(events.slice(from, from + 1000));
    const [seen, reasons] = [[] as string[], new Set<string>()];
    const onReconnect = ({ code }: OncelogClientError) => reasons.add(code);
    for await (const { eventId } of standIn.client.subscribe({ endWhenCaughtUp: true, onReconnect })) {
      seen.push(eventId);
      if (seen.length % 170 === 0) proxy.breakConnections();
    }
    expect(seen).toEqual(events.map(({ eventId }) => eventId));
    expect([...reasons]).toEqual(['UNREACHABLE']);
  });

  it('misses nothing that is stored once it is ready, and takes nothing from before', async () => {
    await connect(transport);
    store('before');
    const subscription = standIn.client.subscribe({ start: 'now' });
    await subscription.ready;
    store('after');
    expect(await subscription.next()).toMatchObject({ value: { eventId: 'after' } });
    subscription.close();
  });

  it('ends behind what is stored when it is asked to', async () => {
    await connect(transport);
    store('a', 'b', 'c');
    const seen = [];
    for await (const { eventId, cursor } of standIn.client.subscribe({ after: '1', endWhenCaughtUp: true }))
      seen.push([eventId, cursor]);
    expect(seen).toEqual([
      ['b', '2'],
      ['c', '3'],
    ]);
  });
});
