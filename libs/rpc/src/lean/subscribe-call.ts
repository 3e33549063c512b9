// One subscription.
import type { ServerHttp2Stream } from 'node:http2';
import { fromBinary } from '@bufbuild/protobuf';
import { EventLogService, type SubscribeRequest, SubscribeRequestSchema } from '@oncelog/protocol';
import { messageCheck } from '../connect/message-check.ts';
import { subscribeAsAsked } from '../connect/subscribe-route.ts';
import { bodyTimedOut } from '../failures/body-timed-out.ts';
import { noteFailure } from '../failures/note-failure.ts';
import { readerStalled } from '../failures/reader-stalled.ts';
import { frameHeaderBytes } from '../frames/frame-splitter.ts';
import { abandonStream } from '../port/abandon-body.ts';
import { createPacedWriter } from '../port/paced-writer.ts';
import { beginAnswer, cutOffUnlessRead, endAnswer, endWithFailure } from './answer.ts';
import { IncomingFrames } from './incoming-frames.ts';
import type { LeanServer } from './lean-listener.ts';
import { subscribeFrame } from './subscribe-frames.ts';

export class SubscribeCall {
  readonly #server: LeanServer;
  readonly #stream: ServerHttp2Stream;
  readonly #incoming: IncomingFrames;
  readonly #aborted = new AbortController();
  #bodyTimer: NodeJS.Timeout | undefined;
  #request: SubscribeRequest | undefined;
  #answering = false;

  constructor(server: LeanServer, stream: ServerHttp2Stream) {
    this.#server = server;
    this.#stream = stream;
    const taker = {
      take: (frame: Buffer) => this.#read(frame),
      end: () => this.#answer(() => this.#deliver()),
      fail: (cause: unknown) => this.#answer(() => Promise.reject(cause)),
      giveUp: (cause: unknown, hasLeft: boolean) => this.#giveUp(cause, hasLeft),
    };
    this.#incoming = new IncomingFrames(server, stream, taker, { unary: true });
  }

  listen(timeoutMs: number | undefined): void {
    const { unaryBodyTimeoutMs } = this.#server;
    const late = () => this.#answer(() => Promise.reject(bodyTimedOut('request', unaryBodyTimeoutMs)));
    this.#bodyTimer = setTimeout(late, unaryBodyTimeoutMs);
    beginAnswer(this.#stream);
    this.#incoming.listen(timeoutMs);
  }

  #read(frame: Buffer): boolean {
    const message = frame.subarray(frameHeaderBytes);
    messageCheck(EventLogService.method.subscribe, false, this.#server.limits)(message);
    this.#request = fromBinary(SubscribeRequestSchema, message);
    return true;
  }

  async #deliver(): Promise<void> {
    const { store, limits } = this.#server;
    const request = this.#request!;
    const writer = createPacedWriter(this.#stream, { stallMs: limits.readerStallMs });
    for await (const delivered of subscribeAsAsked(this.#server, request, this.#aborted.signal)) {
      const written = await writer.write(subscribeFrame(delivered, store.logId, request.contentView));
      if (written === 'closed') return;
      if (written === 'stalled') this.#cutOff();
    }
  }

  /** What ends the subscription then waits behind the last batch, for a reader that reads on. */
  #cutOff(): void {
    this.#aborted.abort(readerStalled(this.#server.limits.readerStallMs));
    cutOffUnlessRead(this.#stream);
  }

  #giveUp(cause: unknown, hasLeft: boolean): void {
    // Without a reason, a subscription ends as one whose client has left.
    this.#aborted.abort(hasLeft ? undefined : cause);
    this.#answer(() => Promise.reject(cause));
  }

  #answer(answering: () => Promise<void>): void {
    if (this.#answering) return;
    this.#answering = true;
    clearTimeout(this.#bodyTimer);
    answering()
      .then(() => endAnswer(this.#stream))
      .catch((error: unknown) => this.#refuse(error))
      .finally(() => this.#incoming.stop());
  }

  #refuse(error: unknown): void {
    noteFailure(this.#server, error, 'Subscribe');
    endWithFailure(this.#stream, error);
    abandonStream(this.#stream);
  }
}
