// One stream of publishes.
import type { ServerHttp2Stream } from 'node:http2';
import { Code, ConnectError } from '@connectrpc/connect';
import { cutShort } from '../failures/cut-short.ts';
import { noteFailure } from '../failures/note-failure.ts';
import { FrameSplitter } from '../frames/frame-splitter.ts';
import { StreamPublisher } from '../handlers/stream-publisher.ts';
import { abandonStream } from '../port/abandon-body.ts';
import { answer, answerFailure } from './answer.ts';
import { publishStreamAnswer } from './answer-frames.ts';
import type { LeanServer } from './lean-listener.ts';

export class PublishStreamCall {
  readonly #server: LeanServer;
  readonly #stream: ServerHttp2Stream;
  readonly #frames: FrameSplitter;
  readonly #publisher: StreamPublisher;
  readonly #aborted = new AbortController();
  #deadline: NodeJS.Timeout | undefined;
  readonly #onShutdown = () => this.#abort(this.#server.shutdownSignal.reason);
  /** Nothing more is read. */
  #done = false;

  constructor(server: LeanServer, stream: ServerHttp2Stream) {
    const { limits, ingest } = server;
    this.#server = server;
    this.#stream = stream;
    this.#frames = new FrameSplitter({ bytesMax: limits.requestBytesMax, unary: false, compression: false });
    this.#publisher = new StreamPublisher(ingest, {
      eventsMax: limits.requestEventsMax,
      signal: this.#aborted.signal,
      onRoom: () => stream.resume(),
      onFailure: () => this.#finish(),
    });
  }

  listen(timeoutMs: number | undefined): void {
    const { shutdownSignal } = this.#server;
    this.#stream.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#stream.on('end', () => this.#end());
    this.#stream.on('close', () => this.#abort(cutShort()));
    shutdownSignal.addEventListener('abort', this.#onShutdown);
    if (timeoutMs === 0) this.#abort(timedOut());
    else if (timeoutMs !== undefined) this.#deadline = setTimeout(() => this.#abort(timedOut()), timeoutMs);
    if (shutdownSignal.aborted) this.#onShutdown();
  }

  #read(chunk: Buffer): void {
    if (this.#done) return;
    try {
      this.#frames.add(chunk);
      for (let frame = this.#frames.next(); frame; frame = this.#frames.next()) {
        const { messages } = this.#server;
        if (!this.#publisher.push(messages.events(messages.check(frame)))) this.#stream.pause();
      }
    } catch (error) {
      this.#publisher.fail(error);
    }
  }

  #end(): void {
    // A stream that is reset ends, too.
    if (this.#done || this.#stream.aborted) return;
    try {
      this.#frames.end();
      this.#finish();
    } catch (error) {
      this.#publisher.fail(error);
    }
  }

  /** Also gives up what still waits for room in the queue. */
  #abort(reason: unknown): void {
    if (this.#done) return;
    this.#publisher.fail(reason);
    this.#aborted.abort(reason);
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#deadline);
    this.#server.shutdownSignal.removeEventListener('abort', this.#onShutdown);
    this.#publisher
      .end()
      .then((summary) => answer(this.#stream, publishStreamAnswer(summary)))
      .catch((error: unknown) => this.#refuse(error));
  }

  #refuse(error: unknown): void {
    noteFailure(this.#server, error, 'PublishStream');
    answerFailure(this.#stream, error);
    abandonStream(this.#stream);
  }
}

function timedOut(): ConnectError {
  return new ConnectError('the operation timed out', Code.DeadlineExceeded);
}
