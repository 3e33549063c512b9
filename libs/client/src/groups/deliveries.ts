// The deliveries of a group as a loop: for those who settle each of them themselves.
import { ConsumerService, type ContentView, type StreamingPullResponse } from '@oncelog/protocol';
import { Delivery, type Settling } from './delivery.ts';
import { ReadingLoop } from '../reading/reading-loop.ts';
import { ResumingStream } from '../reading/resuming-stream.ts';
import type { OnRetry, RetryPolicy } from '../calls/retry.ts';
import type { Wire } from '../wires/wire.ts';

/** A fixed promise of the contract. */
const heartbeatMs = 10_000;

export interface DeliveriesOptions {
  /** Who is asking, for people who look at the group: at most 255 bytes. */
  readonly member?: string | undefined;
  /** How many may be delivered and not settled at a time: 1 to 1,000, 100 when absent. */
  readonly window?: number | undefined;
  readonly contentView?: ContentView | undefined;
  /** Ends the loop with CANCELLED; `close` ends it quietly. */
  readonly signal?: AbortSignal | undefined;
  /** The connection is lost, and found again by itself after the wait. */
  readonly onReconnect?: OnRetry | undefined;
}

/** Answers of StreamingPull, over every break of the connection. */
export function pullingStream(
  wire: Pick<Wire, 'serverStream'>,
  group: string,
  { member = '', window = 0, contentView, signal, onReconnect }: DeliveriesOptions,
  retry: RetryPolicy,
): ResumingStream<StreamingPullResponse> {
  const request = { group, member, windowEvents: window, ...(contentView !== undefined && { contentView }) };
  return new ResumingStream({
    open: (calling) => wire.serverStream(ConsumerService.method.streamingPull, request, { signal: calling }),
    heartbeatMs,
    retry,
    signal,
    onReconnect,
  });
}

/**
 * What has been delivered and is not settled comes again when its lease is over: to this loop or to another member's.
 * Leaving the loop gives nothing back.
 */
export class Deliveries extends ReadingLoop<Delivery> {
  readonly #stream: ResumingStream<StreamingPullResponse>;
  readonly #settling: Settling;

  constructor(
    wire: Pick<Wire, 'serverStream'>,
    group: string,
    settling: Settling,
    options: DeliveriesOptions,
    retry: RetryPolicy,
  ) {
    super();
    this.#stream = pullingStream(wire, group, options, retry);
    this.#settling = settling;
  }

  protected leave(): void {
    this.#stream.close();
  }

  protected async *read(): AsyncGenerator<Delivery, void, undefined> {
    try {
      for (let answer = await this.#stream.next(); answer; answer = await this.#stream.next()) {
        for (const delivery of answer.deliveries) yield new Delivery(delivery, this.#settling);
      }
    } finally {
      this.#stream.close();
    }
  }
}
