// Readers that ask for everything and take nothing: half of them over HTTP/2, half as Server-Sent Events.
import http from 'node:http';
import http2 from 'node:http2';
import { StartPosition } from '@oncelog/protocol';
import { subscriptionsPerConnection } from './live-subscribers.ts';
import { openSubscription } from './subscribe-stream.ts';

export class StalledReaders {
  readonly #url: string;
  readonly #sessions: http2.ClientHttp2Session[] = [];
  readonly #requests = new Set<http.ClientRequest>();
  #leaving = false;

  constructor(url: string, count: number) {
    this.#url = url;
    const overHttp2 = Math.floor(count / 2);
    for (let opened = 0; opened < overHttp2; opened += subscriptionsPerConnection) {
      const session = http2.connect(url).on('error', () => {});
      this.#sessions.push(session);
      const here = Math.min(subscriptionsPerConnection, overHttp2 - opened);
      for (let each = 0; each < here; each += 1) this.#stallOverHttp2(session);
    }
    for (let opened = overHttp2; opened < count; opened += 1) this.#stallOverServerSentEvents();
  }

  leave(): void {
    this.#leaving = true;
    for (const session of this.#sessions) session.destroy();
    for (const request of this.#requests) request.destroy();
  }

  /** Whoever is sent away comes back, and stalls again. */
  #stallOverHttp2(session: http2.ClientHttp2Session): void {
    if (this.#leaving || session.destroyed) return;
    const stream = openSubscription(session, StartPosition.BEGINNING);
    stream.on('error', () => {}).on('close', () => this.#stallOverHttp2(session));
  }

  #stallOverServerSentEvents(): void {
    if (this.#leaving) return;
    const request = http.get(`${this.#url}/subscribe`, { agent: false }, (response) => response.pause());
    this.#requests.add(request);
    request
      .on('error', () => {})
      .on('close', () => {
        this.#requests.delete(request);
        this.#stallOverServerSentEvents();
      });
  }
}
