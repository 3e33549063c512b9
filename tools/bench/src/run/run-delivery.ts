// How soon subscribers get what is published, alone and beside readers that take nothing.
import { join } from 'node:path';
import { cpSync } from 'node:fs';
import { type DeliveryFigures, DeliveryLatencies } from '../delivery/delivery-latencies.ts';
import { LiveSubscribers, subscribersOf } from '../delivery/live-subscribers.ts';
import { PacedPublisher } from '../delivery/paced-publisher.ts';
import { StalledReaders } from '../delivery/stalled-readers.ts';
import { figuresOf } from '../measure/process-figures.ts';
import { startOnDirectory } from '../peers/oncelog.ts';
import type { DeliveryResult } from '../report/report.ts';
import type { DeliveryScenario } from '../scenarios/scenario.ts';
import { lastDeliveriesMs, type RunContext, settleDisk, warmUpSeconds } from './run-context.ts';

const memoryLookMs = 200;
const leavingMsMax = 5000;

export async function runDelivery(context: RunContext, scenario: DeliveryScenario): Promise<DeliveryResult> {
  const { lifetime, stores, note, eventsOf } = context;
  const { name, title, stored, subscribers: count, eventsPerSecond, stalledReaders } = scenario;
  const directory = join(lifetime.folder('delivery'), 'data');
  cpSync(await stores.directoryOf(stored), directory, { recursive: true });
  await settleDisk(lifetime);
  const { child, pid, url, address } = await startOnDirectory(lifetime, directory);
  const subscribers = await LiveSubscribers.open(url, count);
  const publisher = await PacedPublisher.open(address, name);

  /** Publishes for so long, and tells how it was delivered. */
  async function measure(seconds: number): Promise<DeliveryFigures> {
    const latencies = new DeliveryLatencies();
    subscribers.onDelivered = (position, atMs) => latencies.delivered(position, atMs);
    const before = figuresOf(pid);
    await publisher.publish(eventsPerSecond, seconds, (position, atMs) => latencies.acknowledged(position, atMs));
    const after = figuresOf(pid);
    await new Promise((resolve) => setTimeout(resolve, lastDeliveriesMs));
    const cpuMs = before && after && after.cpuMs - before.cpuMs;
    return latencies.figures(count, cpuMs && cpuMs / (seconds * 1000));
  }

  // However many events the rounds of others are told to have.
  const seconds = Math.min(eventsOf(scenario.seconds), scenario.seconds.whole);
  await measure(warmUpSeconds);
  note(`${name}: ${count} subscribers for ${seconds} s`);
  const alone = await measure(seconds);
  note(`${name}: beside ${stalledReaders} stalled readers for ${seconds} s`);
  const memoryBytes = figuresOf(pid)?.memoryBytes;
  const stalled = new StalledReaders(url, stalledReaders);
  const memory = watchMemory(pid);
  const besideStalled = await measure(seconds);
  const memoryBesideStalledBytes = memory.stop();
  stalled.leave();
  const subscribersLeft = await subscribersLeftOver(url, count);

  publisher.close();
  subscribers.close();
  await lifetime.endChild(child);
  const asked = { name, title, stored, subscribers: count, eventsPerSecond, stalledReaders, seconds };
  return { ...asked, alone, besideStalled, memoryBytes, memoryBesideStalledBytes, subscribersLeft };
}

/** The most that was resident at any look. */
function watchMemory(pid: number) {
  let most: number | undefined;
  const timer = setInterval(() => (most = Math.max(most ?? 0, figuresOf(pid)?.memoryBytes ?? 0)), memoryLookMs);
  return {
    stop() {
      clearInterval(timer);
      return most;
    },
  };
}

/** Beside those that are meant to be there. */
async function subscribersLeftOver(url: string, live: number): Promise<number> {
  const untilMs = performance.now() + leavingMsMax;
  for (;;) {
    const subscribers = await subscribersOf(url);
    if (subscribers === live || performance.now() > untilMs) return subscribers - live;
    await new Promise((resolve) => setTimeout(resolve, memoryLookMs));
  }
}
