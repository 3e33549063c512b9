// Clients of every kind that work without a pause, with no care for which replica serves them.
import { createOncelogClient, type Event, newEvent, type OncelogClient, type TransportName } from '@oncelog/client';

const batchEvents = 20;
/** What a client stream carries of a batch: four messages. */
const messageEvents = 5;
/** Nobody is further ahead of the slowest: a session would otherwise publish a hundred times as much as all others. */
const batchesAheadMax = 20;
const topic = 'ceaseless';
const group = 'ceaseless';

type Publish = (clients: CeaselessClients, client: OncelogClient, name: string) => Promise<void>;

const publishers: readonly (readonly [string, TransportName, Publish])[] = [
  ['unary', 'grpc-js', publishUnary],
  ['connect', 'connect', publishUnary],
  ['rest', 'rest', publishUnary],
  ['stream', 'grpc-js', publishStreams],
  ['session', 'grpc-js', publishSession],
];

function noBatches(): Record<string, number> {
  return Object.fromEntries(publishers.map(([name]) => [name, 0]));
}

export class CeaselessClients {
  readonly published = new Set<string>();
  /** By a subscriber, in the order it came. */
  readonly heard: string[] = [];
  /** By the members of a group. */
  readonly handled: string[] = [];
  /** Acknowledged, by kind of publisher. */
  readonly batches = noBatches();
  readonly #taken = noBatches();
  readonly #target: string;
  readonly #clients: OncelogClient[] = [];
  #publishing: Promise<void>[] = [];
  #reading: Promise<void>[] = [];
  readonly #published = new AbortController();
  readonly #read = new AbortController();
  #onProgress = Promise.withResolvers<void>();
  #ids = 0;

  constructor(target: string) {
    this.#target = target;
  }

  async start(): Promise<void> {
    const reader = await this.#connect('grpc-js');
    await reader.groups.create(group, { topics: [topic] });
    const { signal } = this.#read;
    this.#reading = [
      this.#subscribe(await this.#connect('grpc-js')),
      reader.consume(group, ({ eventId }) => void this.handled.push(eventId), { concurrency: 50, signal }),
    ];
    const clients = await Promise.all(publishers.map(([, transport]) => this.#connect(transport)));
    this.#publishing = publishers.map(([name, , publish], at) => publish(this, clients[at]!, name));
    // Seen by who stops them; until then a failure must not end the process.
    for (const each of [...this.#reading, ...this.#publishing]) each.catch(() => {});
  }

  /** The kind that has published least says how far all of them are. */
  get batchesOfEach(): number {
    return Math.min(...Object.values(this.batches));
  }

  /** Rejects when a call of any of them has failed. */
  async stopPublishing(): Promise<void> {
    this.#published.abort();
    this.#tellProgress();
    await Promise.all(this.#publishing);
  }

  /** The same for those that read. */
  async stop(): Promise<void> {
    this.#read.abort();
    try {
      await this.stopPublishing();
      await Promise.all(this.#reading);
    } finally {
      for (const client of this.#clients) client.close();
    }
  }

  /** Undefined when it is over. */
  async nextBatch(name: string): Promise<Event[] | undefined> {
    while (!this.#published.signal.aborted && this.#taken[name]! >= this.batchesOfEach + batchesAheadMax) {
      await this.#onProgress.promise;
    }
    if (this.#published.signal.aborted) return undefined;
    this.#taken[name]! += 1;
    return this.#newBatch();
  }

  #newBatch(): Event[] {
    return Array.from({ length: batchEvents }, () => newEvent({ topic, eventId: `e${(this.#ids += 1)}` }));
  }

  acknowledged(name: string, events: readonly Event[]): void {
    for (const { eventId } of events) this.published.add(eventId);
    this.batches[name]! += 1;
    this.#tellProgress();
  }

  #tellProgress(): void {
    this.#onProgress.resolve();
    this.#onProgress = Promise.withResolvers();
  }

  async #connect(transport: TransportName): Promise<OncelogClient> {
    const client = await createOncelogClient({ target: this.#target, transport });
    this.#clients.push(client);
    return client;
  }

  async #subscribe(client: OncelogClient): Promise<void> {
    const subscription = client.subscribe();
    this.#read.signal.addEventListener('abort', () => subscription.close());
    for await (const { position, eventId } of subscription) this.heard.push(`${position} ${topic}/${eventId}`);
  }
}

async function publishUnary(clients: CeaselessClients, client: OncelogClient, name: string): Promise<void> {
  for (let batch = await clients.nextBatch(name); batch; batch = await clients.nextBatch(name)) {
    await client.publish(batch);
    clients.acknowledged(name, batch);
  }
}

async function publishStreams(clients: CeaselessClients, client: OncelogClient, name: string): Promise<void> {
  for (let batch = await clients.nextBatch(name); batch; batch = await clients.nextBatch(name)) {
    await client.publishStream(messagesOf(batch));
    clients.acknowledged(name, batch);
  }
}

async function publishSession(clients: CeaselessClients, client: OncelogClient, name: string): Promise<void> {
  const batches = async function* () {
    for (let batch = await clients.nextBatch(name); batch; batch = await clients.nextBatch(name)) yield batch;
  };
  await client.publishSession(batches(), { onOutcomes: (events) => clients.acknowledged(name, events) });
}

function* messagesOf(batch: readonly Event[]): Generator<readonly Event[]> {
  for (let start = 0; start < batch.length; start += messageEvents) yield batch.slice(start, start + messageEvents);
}
