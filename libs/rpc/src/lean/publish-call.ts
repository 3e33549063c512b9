// One unary publish.
import type { ServerHttp2Stream } from 'node:http2';
import { type Outcome, summarize } from '@oncelog/core';
import { bodyTimedOut } from '../failures/body-timed-out.ts';
import { cutShort } from '../failures/cut-short.ts';
import { noteFailure } from '../failures/note-failure.ts';
import { FrameSplitter } from '../frames/frame-splitter.ts';
import { publish } from '../handlers/publish.ts';
import { abandonStream } from '../port/abandon-body.ts';
import { answer, answerFailure } from './answer.ts';
import { publishAnswer } from './answer-frames.ts';
import type { CheckedMessage } from './event-messages.ts';
import type { LeanServer } from './lean-listener.ts';

export class PublishCall {
  readonly #server: LeanServer;
  readonly #stream: ServerHttp2Stream;
  readonly #frames: FrameSplitter;
  #bodyTimer: NodeJS.Timeout | undefined;
  #message: CheckedMessage | undefined;
  /** The body has come whole, or is not waited for any more. */
  #done = false;

  constructor(server: LeanServer, stream: ServerHttp2Stream) {
    this.#server = server;
    this.#stream = stream;
    this.#frames = new FrameSplitter({ bytesMax: server.limits.requestBytesMax, unary: true, compression: false });
  }

  listen(): void {
    const { unaryBodyTimeoutMs } = this.#server;
    this.#bodyTimer = setTimeout(() => this.#fail(bodyTimedOut('request', unaryBodyTimeoutMs)), unaryBodyTimeoutMs);
    this.#stream.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#stream.on('end', () => this.#end());
    this.#stream.on('close', () => this.#close());
  }

  #read(chunk: Buffer): void {
    if (this.#done) return;
    try {
      this.#frames.add(chunk);
      for (let frame = this.#frames.next(); frame; frame = this.#frames.next()) {
        this.#message = this.#server.messages.check(frame);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #end(): void {
    // A stream that is reset ends, too.
    if (this.#done || this.#stream.aborted) return;
    try {
      this.#frames.end();
      const events = this.#server.messages.events(this.#message!);
      this.#finish();
      publish(this.#server, events)
        .then((outcomes) => this.#answer(outcomes))
        .catch((error: unknown) => this.#refuse(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  #close(): void {
    if (!this.#done) this.#fail(cutShort());
  }

  #fail(error: unknown): void {
    if (this.#done) return;
    this.#finish();
    this.#refuse(error);
    abandonStream(this.#stream);
  }

  #finish(): void {
    this.#done = true;
    clearTimeout(this.#bodyTimer);
  }

  #answer(outcomes: readonly Outcome[]): void {
    answer(this.#stream, publishAnswer(outcomes, summarize(outcomes)));
  }

  #refuse(error: unknown): void {
    noteFailure(this.#server, error, 'Publish');
    answerFailure(this.#stream, error);
  }
}
