// Which worker has an entry, and until when.
import { expect, it } from 'vitest';
import { type BrokerConsumer, type BrokerEntry, soundAttemptsMax } from '../../broker.ts';
import { append } from '../append.ts';
import {
  claimAfterMs,
  eventsIn,
  eventsMax,
  eventsOf,
  receive,
  receiveAll,
  type TestedBroker,
} from './tested-broker.ts';

export function describeDelivering({ open, consumerOf }: TestedBroker): void {
  it('hands over about as many events as were asked for, and the rest to the next call', async () => {
    const broker = await open();
    for (let index = 0; index < 20; index += 1) await append(broker, [eventsOf(`e${index}-`, 10)]);
    const consumer = await consumerOf(broker);
    const first = await receive(consumer, 50);
    expect(eventsIn(first)).toHaveLength(50);
    expect(eventsIn(await receive(consumer, eventsMax))).toHaveLength(150);
  });

  it('wakes a worker that waits when something is accepted', async () => {
    const broker = await open();
    const consumer = await consumerOf(broker);
    const waiting = receive(consumer);
    await append(broker, [eventsOf('late', 1)]);
    expect(eventsIn(await waiting)).toHaveLength(1);
  });

  it('answers with nothing when the wait is ended', async () => {
    const consumer = await consumerOf(await open());
    const leaving = new AbortController();
    const waiting = consumer.receive(eventsMax, leaving.signal);
    leaving.abort();
    expect(await waiting).toEqual([]);
  });

  it('gives no entry to two workers at the same time', async () => {
    const broker = await open();
    for (let index = 0; index < 40; index += 1) await append(broker, [eventsOf(`e${index}-`, 5)]);
    const workers = await Promise.all(['a', 'b', 'c'].map((worker) => consumerOf(broker, worker)));
    const received: BrokerEntry[] = [];
    while (eventsIn(received).length < 200) {
      const lots = await Promise.all(workers.map((worker) => receive(worker, 10, 50)));
      received.push(...lots.flat());
    }
    const ids = eventsIn(received).map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(200);
  });

  it('forgets what is acknowledged, and nothing else', async () => {
    const broker = await open({ claimAfterMs });
    await append(broker, [eventsOf('a', 1)]);
    await append(broker, [eventsOf('b', 1)]);
    const consumer = await consumerOf(broker);
    const [a, b] = await receiveAll(consumer, 2);
    await consumer.acknowledge([a!]);
    expect(await broker.stats()).toMatchObject({ waitingEvents: 1, deliveredEvents: 1 });
    const again = await receive(await consumerOf(broker, 'other'));
    expect(again.map(({ id }) => id)).toEqual([b!.id]);
  });

  it('takes an acknowledgement twice for once', async () => {
    const broker = await open();
    await append(broker, [eventsOf('a', 3)]);
    await append(broker, [eventsOf('b', 4)]);
    const consumer = await consumerOf(broker);
    const [a, b] = await receiveAll(consumer, 7);
    await consumer.acknowledge([a!]);
    await consumer.acknowledge([a!, a!]);
    expect(await broker.stats()).toEqual({ waitingEvents: 4, deliveredEvents: 4, deadEntries: 0 });
    await consumer.acknowledge([b!]);
    expect(await broker.stats()).toEqual({ waitingEvents: 0, deliveredEvents: 0, deadEntries: 0 });
  });

  it('gives the entries of a dead worker to another one, and counts the attempt', async () => {
    const broker = await open({ claimAfterMs });
    await append(broker, [eventsOf('a', 3)]);
    const dead = await consumerOf(broker, 'dead');
    const [lost] = await receiveAll(dead, 3);
    const heir = await consumerOf(broker, 'heir');
    const [inherited] = await receive(heir);
    expect(inherited).toMatchObject({ id: lost!.id, attempts: 2 });
    expect(eventsIn([inherited!])).toEqual(eventsIn([lost!]));
    expect(await broker.stats()).toMatchObject({ waitingEvents: 3, deliveredEvents: 3 });
  });

  it('leaves to a worker what it keeps', async () => {
    const broker = await open({ claimAfterMs });
    await append(broker, [eventsOf('kept', 1)]);
    await append(broker, [eventsOf('left', 1)]);
    const slow = await consumerOf(broker, 'slow');
    const [kept, left] = await receiveAll(slow, 2);
    const other = await consumerOf(broker, 'other');
    const taken = await whileKept(slow, kept!, async () => [
      ...(await receive(other)),
      ...(await receive(other, eventsMax, claimAfterMs * 2)),
    ]);
    expect(new Set(taken.map(({ id }) => id))).toEqual(new Set([left!.id]));
  });

  it('takes nothing back for a worker that keeps what another one has taken over', async () => {
    const broker = await open({ claimAfterMs });
    await append(broker, [eventsOf('a', 1)]);
    const late = await consumerOf(broker, 'late');
    const [entry] = await receiveAll(late, 1);
    await receive(await consumerOf(broker, 'heir'));
    const third = await consumerOf(broker, 'third');
    const [again] = await whileKept(late, entry!, () => receive(third));
    expect(again).toMatchObject({ id: entry!.id, attempts: 3 });
  });

  it('gives back what is released, at once, as if it had not been delivered', async () => {
    const broker = await open();
    await append(broker, [eventsOf('a', 1)]);
    const leaving = await consumerOf(broker, 'leaving');
    await leaving.release(await receiveAll(leaving, 1));
    const [again] = await receive(await consumerOf(broker, 'other'));
    expect(again).toMatchObject({ attempts: 1 });
  });

  it('hands out alone what was delivered too often, and everything else in turn with it', async () => {
    const broker = await open({ claimAfterMs: 1 });
    const consumer = await consumerOf(broker);
    for (const name of ['a', 'b']) await append(broker, [eventsOf(name, 1)]);
    const seen: [ids: string[], attempts: number[]][] = [];
    for (let lots = 0; lots < soundAttemptsMax + 2; lots += 1) {
      if (lots === soundAttemptsMax + 1) await append(broker, [eventsOf('c', 1)]);
      const entries = await receive(consumer);
      seen.push([eventsIn(entries).map(({ eventId }) => eventId), entries.map(({ attempts }) => attempts)]);
    }
    const together = Array.from({ length: soundAttemptsMax }, (_, at) => [
      ['a0', 'b0'],
      [at + 1, at + 1],
    ]);
    expect(seen).toEqual([...together, [['a0'], [soundAttemptsMax + 1]], [['c0'], [1]]]);
  });
}

async function whileKept<T>(keeper: BrokerConsumer, entry: BrokerEntry, work: () => Promise<T>): Promise<T> {
  let keeping = keeper.keep([entry]);
  // clock: as a worker does it, much more often than entries go to others.
  const timer = setInterval(() => (keeping = keeper.keep([entry])), claimAfterMs / 10);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await keeping;
  }
}
