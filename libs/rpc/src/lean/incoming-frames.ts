// The messages of a call, one or any number of them, until its end, its deadline or a shutdown.
import type { ServerHttp2Stream } from 'node:http2';
import { Code, ConnectError } from '@connectrpc/connect';
import { cutShort } from '../failures/cut-short.ts';
import { FrameSplitter } from '../frames/frame-splitter.ts';
import type { LeanServer } from './lean-listener.ts';

export interface FrameTaker {
  /** Whether the next one may come at once; else none does before `resume`. */
  take(frame: Buffer): boolean;
  /** All of it has come. */
  end(): void;
  /** The rest cannot be read. */
  fail(cause: unknown): void;
  /** The call is ended from outside: by its deadline, a shutdown, or its client, who has left then. */
  giveUp(cause: unknown, hasLeft: boolean): void;
}

export class IncomingFrames {
  readonly #server: LeanServer;
  readonly #stream: ServerHttp2Stream;
  readonly #taker: FrameTaker;
  readonly #frames: FrameSplitter;
  #deadline: NodeJS.Timeout | undefined;
  readonly #onShutdown = () => this.#taker.giveUp(this.#server.shutdownSignal.reason, false);
  /** Frames have come that wait to be taken, or the next one would. */
  #held = false;
  /** A stream of HTTP/2 says so even while it is paused. */
  #ended = false;
  #stopped = false;

  constructor(server: LeanServer, stream: ServerHttp2Stream, taker: FrameTaker, { unary = false } = {}) {
    this.#server = server;
    this.#stream = stream;
    this.#taker = taker;
    this.#frames = new FrameSplitter({ bytesMax: server.limits.requestBytesMax, unary, compression: false });
  }

  listen(timeoutMs: number | undefined): void {
    const { shutdownSignal } = this.#server;
    this.#stream.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#stream.on('end', () => this.#end());
    this.#stream.on('close', () => this.#taker.giveUp(cutShort(), true));
    shutdownSignal.addEventListener('abort', this.#onShutdown);
    const onDeadline = () => this.#taker.giveUp(timedOut(), false);
    if (timeoutMs === 0) onDeadline();
    else if (timeoutMs !== undefined) this.#deadline = setTimeout(onDeadline, timeoutMs);
    if (shutdownSignal.aborted) this.#onShutdown();
  }

  /** In a later turn: what is taken then must not answer before what is being answered now. */
  resume(): void {
    setImmediate(() => {
      this.#held = !this.#takeAll();
      if (this.#held) return;
      if (this.#ended) this.#end();
      else this.#stream.resume();
    });
  }

  /** Nothing more is read. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#deadline);
    this.#server.shutdownSignal.removeEventListener('abort', this.#onShutdown);
  }

  #read(chunk: Buffer): void {
    if (this.#stopped) return;
    this.#frames.add(chunk);
    this.#held = !this.#takeAll();
    if (this.#held) this.#stream.pause();
  }

  /**
   * Whether more may come. A chunk of 16 KiB holds 3,276 empty messages: taken in spite of a full window, their
   * refusals took 674 MB for one connection whose client read none of them.
   */
  #takeAll(): boolean {
    try {
      while (!this.#stopped) {
        const frame = this.#frames.next();
        if (!frame) break;
        if (!this.#taker.take(frame)) return false;
      }
    } catch (error) {
      this.#taker.fail(error);
    }
    return true;
  }

  #end(): void {
    // A stream that is reset ends, too.
    if (this.#stopped || this.#stream.aborted) return;
    this.#ended = true;
    if (this.#held) return;
    try {
      this.#frames.end();
      this.#taker.end();
    } catch (error) {
      this.#taker.fail(error);
    }
  }
}

function timedOut(): ConnectError {
  return new ConnectError('the operation timed out', Code.DeadlineExceeded);
}
