// Sessions by script, for specs of what publishes through them: what was sent to each, answered when the spec says so.
import { create } from '@bufbuild/protobuf';
import { type Event, OutcomeSchema, OutcomeStatus, PublishSummarySchema } from '@oncelog/protocol';
import type { OncelogClientError } from '../failures/client-error.ts';
import type { SessionCall, SessionOptions } from '../wires/wire.ts';

/** One session as the server sees it. */
export interface ScriptedSession {
  /** The ids of each message. */
  readonly received: string[][];
  readonly ended: boolean;
  readonly cancelled: boolean;
  openWindow(windowEvents: number): void;
  /** Answers the next message: each event is stored, or the message is refused. */
  answer(refusal?: OncelogClientError): void;
  fail(failure: OncelogClientError): void;
  finish(): void;
}

export class ScriptedSessions {
  readonly sessions: ScriptedSession[] = [];
  readonly #onMessage: (session: ScriptedSession) => void;
  readonly #onOpen: (session: ScriptedSession) => void;

  constructor(
    onOpen: (session: ScriptedSession) => void = () => {},
    onMessage: (session: ScriptedSession) => void = () => {},
  ) {
    this.#onOpen = onOpen;
    this.#onMessage = onMessage;
  }

  openSession({ onAnswer }: SessionOptions): SessionCall {
    const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
    ended.catch(() => {});
    const state = { ended: false, cancelled: false };
    const received: string[][] = [];
    let answered = 0;
    const session: ScriptedSession = {
      received,
      get ended() {
        return state.ended;
      },
      get cancelled() {
        return state.cancelled;
      },
      openWindow: (windowEvents) => onAnswer({ outcomes: [], windowEvents }),
      answer(refusal) {
        const ids = received[answered]!;
        answered += 1;
        if (refusal) return onAnswer({ outcomes: [], refusal, windowEvents: 0 });
        const outcomes = ids.map(() => create(OutcomeSchema, { status: OutcomeStatus.STORED }));
        const count = BigInt(ids.length);
        onAnswer({
          outcomes,
          summary: create(PublishSummarySchema, { received: count, stored: count }),
          windowEvents: 0,
        });
      },
      fail: reject,
      finish: resolve,
    };
    this.sessions.push(session);
    queueMicrotask(() => this.#onOpen(session));
    const onMessage = () => this.#onMessage(session);
    return {
      ended,
      async write(events: readonly Event[]) {
        received.push(events.map(({ eventId }) => eventId));
        onMessage();
      },
      end() {
        state.ended = true;
        if (answered === received.length) resolve();
      },
      cancel: () => void (state.cancelled = true),
    };
  }
}
