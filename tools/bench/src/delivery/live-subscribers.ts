// Subscribers that read as fast as they can, 50 on a connection, as our own client spreads them.
import http2 from 'node:http2';
import { StartPosition } from '@oncelog/protocol';
import { openSubscription, positionsIn, readMessages } from './subscribe-stream.ts';

export const subscriptionsPerConnection = 50;

/** As our own client asks for: 50 streams on the 64 KiB that a connection has by itself starve each other. */
const windowBytes = 512 * 1024;

export class LiveSubscribers {
  readonly #sessions: http2.ClientHttp2Session[] = [];
  #onDelivered: (position: number, atMs: number) => void = () => {};

  /** Resolves when each of them has caught up. */
  static async open(url: string, count: number): Promise<LiveSubscribers> {
    const subscribers = new LiveSubscribers();
    for (let opened = 0; opened < count; opened += subscriptionsPerConnection) {
      const session = http2.connect(url, { settings: { initialWindowSize: windowBytes } });
      session.once('connect', () => session.setLocalWindowSize(windowBytes));
      subscribers.#sessions.push(session);
      const here = Math.min(subscriptionsPerConnection, count - opened);
      await Promise.all(Array.from({ length: here }, () => subscribers.#open(session)));
    }
    return subscribers;
  }

  set onDelivered(onDelivered: (position: number, atMs: number) => void) {
    this.#onDelivered = onDelivered;
  }

  close(): void {
    for (const session of this.#sessions) session.destroy();
  }

  #open(session: http2.ClientHttp2Session): Promise<void> {
    const stream = openSubscription(session, StartPosition.NOW);
    stream.on('error', () => {});
    return new Promise((resolve) => {
      readMessages(stream, (message) => {
        // The first says that it has caught up.
        resolve();
        const atMs = performance.now();
        for (const position of positionsIn(message)) this.#onDelivered(position, atMs);
      });
    });
  }
}

/** As the aggregator counts them. */
export async function subscribersOf(url: string): Promise<number> {
  const { subscribers } = (await (await fetch(`${url}/stats`)).json()) as { readonly subscribers: number };
  return subscribers;
}
