// Asks a server that is under load whether it lives, at a steady pace, however slowly it answers.
import { Agent, request } from 'node:http';
import { LatencyHistogram } from './latency-histogram.ts';

const everyMs = 20;
/** A server that stalls for a second has this many questions open; more are not asked, but counted as unanswered. */
const openMax = 50;
const timeoutMs = 5000;

export interface LivenessFigures {
  readonly asked: number;
  readonly unanswered: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly maxMs: number | undefined;
}

export class LivenessProbe {
  readonly #latencies = new LatencyHistogram();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: openMax });
  #asked = 0;
  #unanswered = 0;
  #open = 0;

  /** Asks until the returned function is called. */
  start(url: string): () => void {
    const timer = setInterval(() => this.#ask(`${url}/livez`), everyMs);
    return () => clearInterval(timer);
  }

  figures(): LivenessFigures {
    const at = (part: number) => this.#latencies.quantile(part);
    return { asked: this.#asked, unanswered: this.#unanswered, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  }

  close(): void {
    this.#agent.destroy();
  }

  #ask(url: string): void {
    this.#asked += 1;
    if (this.#open >= openMax) {
      this.#unanswered += 1;
      return;
    }
    this.#open += 1;
    const began = performance.now();
    let settled = false;
    const settle = (alive: boolean) => {
      if (settled) return;
      settled = true;
      this.#open -= 1;
      if (alive) this.#latencies.record(performance.now() - began);
      else this.#unanswered += 1;
    };
    const signal = AbortSignal.timeout(timeoutMs);
    request(url, { agent: this.#agent, signal }, (response) => {
      response.resume().on('end', () => settle(response.statusCode === 200));
      response.on('error', () => settle(false));
    })
      .on('error', () => settle(false))
      .end();
  }
}
