// One publisher of single events at a steady rate, whatever the answers take.
import { create } from '@bufbuild/protobuf';
import { createOncelogClient, type OncelogClient } from '@oncelog/client';
import { EventSchema } from '@oncelog/protocol';

const content = { case: 'data', value: Buffer.from(JSON.stringify({ text: 'x'.repeat(130) })) } as const;

export class PacedPublisher {
  readonly #client: OncelogClient;
  readonly #name: string;
  #sent = 0;

  private constructor(client: OncelogClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  static async open(address: string, name: string): Promise<PacedPublisher> {
    return new PacedPublisher(await createOncelogClient({ target: address, retry: { attemptsMax: 1 } }), name);
  }

  /** Resolves when all of it is acknowledged. */
  async publish(
    eventsPerSecond: number,
    seconds: number,
    onAcknowledged: (position: number, atMs: number) => void,
  ): Promise<void> {
    const calls: Promise<void>[] = [];
    const beganMs = performance.now();
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const elapsedMs = performance.now() - beganMs;
        const due = Math.min(seconds * 1000, elapsedMs) * (eventsPerSecond / 1000);
        while (calls.length < due) calls.push(this.#publishOne(onAcknowledged));
        if (elapsedMs < seconds * 1000) return;
        clearInterval(timer);
        resolve();
      }, 1);
    });
    await Promise.all(calls);
  }

  close(): void {
    this.#client.close();
  }

  async #publishOne(onAcknowledged: (position: number, atMs: number) => void): Promise<void> {
    this.#sent += 1;
    const eventId = `${this.#name}-${this.#sent}`;
    const event = create(EventSchema, { topic: 'fan-out', eventId, content, contentType: 'application/json' });
    const { outcomes } = await this.#client.publish([event]);
    onAcknowledged(Number(outcomes[0]!.position), performance.now());
  }
}
