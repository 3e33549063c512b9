// How soon a subscriber on one replica gets what is published on another, beside one on the same replica.
import { DeliveryLatencies } from '../delivery/delivery-latencies.ts';
import { LiveSubscribers, subscribersOf } from '../delivery/live-subscribers.ts';
import { PacedPublisher } from '../delivery/paced-publisher.ts';
import { startAggregator } from '../peers/aggregator.ts';
import { startFavouredPostgres } from '../peers/favoured-servers.ts';
import type { AcrossResult } from '../report/report.ts';
import type { AcrossScenario } from '../scenarios/scenario.ts';
import { lastDeliveriesMs, type RunContext, warmUpSeconds } from './run-context.ts';

export async function runAcross(context: RunContext, scenario: AcrossScenario): Promise<AcrossResult> {
  const { lifetime, note, eventsOf } = context;
  const { name, title, stored, subscribers: count, eventsPerSecond } = scenario;
  const postgres = await startFavouredPostgres(lifetime);
  const start = () => startAggregator(lifetime, ['--store', postgres.url]);
  const [one, other] = await Promise.all([start(), start()]);
  const near = await LiveSubscribers.open(one.url, count);
  const far = await LiveSubscribers.open(other.url, count);
  for (const { url } of [one, other]) {
    const found = await subscribersOf(url);
    if (found !== count) throw new Error(`${found} subscribers are on ${url}, ${count} should be`);
  }
  const publisher = await PacedPublisher.open(one.address, name);

  async function measure(seconds: number) {
    const [toNear, toFar] = [new DeliveryLatencies(), new DeliveryLatencies()];
    near.onDelivered = (position, atMs) => toNear.delivered(position, atMs);
    far.onDelivered = (position, atMs) => toFar.delivered(position, atMs);
    await publisher.publish(eventsPerSecond, seconds, (position, atMs) => {
      toNear.acknowledged(position, atMs);
      toFar.acknowledged(position, atMs);
    });
    await new Promise((resolve) => setTimeout(resolve, lastDeliveriesMs));
    return { onTheSame: toNear.figures(count, undefined), onTheOther: toFar.figures(count, undefined) };
  }

  const seconds = Math.min(eventsOf(scenario.seconds), scenario.seconds.whole);
  await measure(warmUpSeconds);
  note(`${name}: ${seconds} s`);
  const measured = await measure(seconds);

  publisher.close();
  near.close();
  far.close();
  await Promise.all([one, other].map(({ child }) => lifetime.endChild(child)));
  await postgres.stop();
  return { name, title, stored, subscribers: count, eventsPerSecond, seconds, ...measured };
}
