// One stream of publishes.
import type { ServerHttp2Stream } from 'node:http2';
import { noteFailure } from '../failures/note-failure.ts';
import { StreamPublisher } from '../handlers/stream-publisher.ts';
import { abandonStream } from '../port/abandon-body.ts';
import { answer, answerFailure } from './answer.ts';
import { publishStreamAnswer } from './answer-frames.ts';
import { IncomingFrames } from './incoming-frames.ts';
import type { LeanServer } from './lean-listener.ts';

export class PublishStreamCall {
  readonly #server: LeanServer;
  readonly #stream: ServerHttp2Stream;
  readonly #incoming: IncomingFrames;
  readonly #publisher: StreamPublisher;
  readonly #aborted = new AbortController();
  /** Nothing more is read. */
  #done = false;

  constructor(server: LeanServer, stream: ServerHttp2Stream) {
    const { limits, ingest, messages } = server;
    this.#server = server;
    this.#stream = stream;
    this.#incoming = new IncomingFrames(server, stream, {
      take: (frame) => this.#publisher.push(messages.events(messages.check(frame))),
      end: () => this.#finish(),
      fail: (cause) => this.#publisher.fail(cause),
      giveUp: (cause) => this.#giveUp(cause),
    });
    this.#publisher = new StreamPublisher(ingest, {
      eventsMax: limits.requestEventsMax,
      signal: this.#aborted.signal,
      onRoom: () => this.#incoming.resume(),
      onFailure: () => this.#finish(),
    });
  }

  listen(timeoutMs: number | undefined): void {
    this.#incoming.listen(timeoutMs);
  }

  /** Also gives up what still waits for room in the queue. */
  #giveUp(reason: unknown): void {
    if (this.#done) return;
    this.#publisher.fail(reason);
    this.#aborted.abort(reason);
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    this.#incoming.stop();
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
