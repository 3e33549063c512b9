// One session of publishes.
import type { ServerHttp2Stream } from 'node:http2';
import { noteFailure } from '../failures/note-failure.ts';
import { answersUnread, type SessionAnswer, SessionPublisher } from '../handlers/session-publisher.ts';
import { abandonStream } from '../port/abandon-body.ts';
import { beginAnswer, cutOffUnlessRead, endAnswer, endWithFailure } from './answer.ts';
import { sessionAnswers } from './answer-frames.ts';
import { IncomingFrames } from './incoming-frames.ts';
import type { LeanServer } from './lean-listener.ts';

/** Answers that are written at once: as many as fill two frames of HTTP/2, one of a full message at least. */
const outcomesAtOnceMax = 1000;

export class PublishSessionCall {
  readonly #server: LeanServer;
  readonly #stream: ServerHttp2Stream;
  readonly #incoming: IncomingFrames;
  readonly #publisher: SessionPublisher;
  readonly #aborted = new AbortController();
  /** Runs while the client has not read what was written last. */
  #stall: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(server: LeanServer, stream: ServerHttp2Stream) {
    const { limits, ingest, messages } = server;
    this.#server = server;
    this.#stream = stream;
    this.#incoming = new IncomingFrames(server, stream, {
      take: (frame) => this.#publisher.push(() => messages.events(messages.check(frame))),
      end: () => this.#publisher.end(),
      fail: (cause) => this.#publisher.fail(cause),
      giveUp: (cause, hasLeft) => this.#giveUp(cause, hasLeft),
    });
    this.#publisher = new SessionPublisher(ingest, {
      eventsMax: limits.requestEventsMax,
      signal: this.#aborted.signal,
      onRoom: () => this.#incoming.resume(),
      onProgress: () => this.#answer(),
      onRefused: (refusal) => noteFailure(server, refusal, 'PublishSession'),
    });
  }

  listen(timeoutMs: number | undefined): void {
    beginAnswer(this.#stream);
    this.#stream.on('drain', () => {
      clearTimeout(this.#stall);
      this.#stall = undefined;
      this.#answer();
    });
    this.#answer();
    this.#incoming.listen(timeoutMs);
  }

  #answer(): void {
    while (this.#stall === undefined) {
      const answers = this.#takeAnswers();
      if (answers.length === 0) break;
      if (this.#stream.destroyed || this.#stream.write(sessionAnswers(answers))) continue;
      const { readerStallMs } = this.#server.limits;
      this.#stall = setTimeout(() => this.#cutOff(answersUnread(readerStallMs)), readerStallMs);
    }
    if (this.#publisher.isClosed) this.#incoming.stop();
    if (this.#publisher.isOver) this.#end();
  }

  #takeAnswers(): SessionAnswer[] {
    const answers: SessionAnswer[] = [];
    for (let outcomes = 0; outcomes < outcomesAtOnceMax;) {
      const answer = this.#publisher.take();
      if (!answer) break;
      answers.push(answer);
      outcomes += answer.outcomes?.length ?? 1;
    }
    return answers;
  }

  /** Also gives up what still waits for room in the queue, and the answers when nobody reads them. */
  #giveUp(reason: unknown, unread: boolean): void {
    if (this.#ended) return;
    if (unread) this.#publisher.abandon(reason);
    else this.#publisher.fail(reason);
    this.#aborted.abort(reason);
  }

  #cutOff(reason: unknown): void {
    this.#giveUp(reason, true);
    cutOffUnlessRead(this.#stream);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#stall);
    try {
      this.#publisher.assertWhole();
      endAnswer(this.#stream);
    } catch (error) {
      noteFailure(this.#server, error, 'PublishSession');
      endWithFailure(this.#stream, error);
      abandonStream(this.#stream);
    }
  }
}
