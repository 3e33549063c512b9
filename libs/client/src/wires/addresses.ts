// Which of several addresses a call goes to: those that answer, in turn; and what its failure says of them.
import { cancelledCall, type ClientErrorCode, OncelogClientError, timedOutCall } from '../failures/client-error.ts';
import { pause } from '../calls/pause.ts';
import { Address, type Reach } from './address.ts';
import type { Target } from './target.ts';
import type { Wire } from './wire.ts';

/** How much later than the first an address may answer and still have its share of what waits for one. */
const graceMs = 100;

/** A timer for longer would be over at once. Asking takes a few seconds at most. */
const timerMsMax = 2 ** 31 - 1;

/** Of these a call fails because of the address that it went to. */
const ofTheAddress: ReadonlySet<ClientErrorCode> = new Set([
  'UNREACHABLE',
  'STORE_UNAVAILABLE',
  'SHUTTING_DOWN',
  'TIMED_OUT',
]);

/** What a call got: an address, as it was then. */
export interface Choice {
  readonly address: Address;
  readonly timesUp: number;
}

export interface TakeOptions {
  /** Absent where asking the addresses is all that it may wait for. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class Addresses {
  readonly #addresses: readonly Address[];
  readonly #closing = new AbortController();
  /** Clients of one call each spread as well. */
  #turn = Math.floor(Math.random() * 0x1_0000);
  #asking: Promise<void> | undefined;

  constructor(targets: readonly Target[], open: (target: Target) => Wire, reach?: Reach) {
    const { signal: closing } = this.#closing;
    this.#addresses = targets.map((target) => new Address({ target, wire: open(target), reach, closing }));
  }

  /** For a call: all in turn. */
  async take(options: TakeOptions): Promise<Choice> {
    return this.#choose(await this.#ready(options));
  }

  /** For a stream, until it is left: where this client has the fewest. */
  async takeForStream(options: TakeOptions): Promise<Choice> {
    const ready = await this.#ready(options);
    const fewest = Math.min(...ready.map(({ streams }) => streams));
    const choice = this.#choose(ready.filter(({ streams }) => streams === fewest));
    choice.address.streams += 1;
    return choice;
  }

  leave({ address }: Choice): void {
    address.streams -= 1;
  }

  /** What a call has failed with, as its caller is to see it. */
  failed({ address, timesUp }: Choice, failure: unknown): unknown {
    if (!(failure instanceof OncelogClientError) || !ofTheAddress.has(failure.code)) return failure;
    address.fail(timesUp, failure);
    const isAnother = this.#addresses.some((other) => other !== address && !other.isResting);
    return failure.with({ elsewhere: isAnother ? this.#addresses.length - 1 : 0 }, told(address, failure));
  }

  close(): void {
    this.#closing.abort();
    for (const { wire } of this.#addresses) wire.close();
  }

  #choose(ready: readonly Address[]): Choice {
    this.#turn += 1;
    const address = ready[this.#turn % ready.length]!;
    return { address, timesUp: address.timesUp };
  }

  /** Never empty. Nobody waits for an address that is not up as long as another is. */
  async #ready(options: TakeOptions): Promise<readonly Address[]> {
    this.#assertOpen();
    if (this.#up.length === 0) await this.#waitForOne(options);
    else for (const address of this.#addresses) if (!address.isUp && !address.isResting) void address.ask();
    const up = this.#up;
    if (up.length > 0) return up;
    // Some calls are answered by one that is not ready; of the others it says best why not.
    const answering = this.#addresses.filter(({ answers }) => answers);
    if (answering.length > 0) return answering;
    throw this.#noneAnswers();
  }

  get #up(): readonly Address[] {
    return this.#addresses.filter(({ isUp }) => isUp);
  }

  async #waitForOne({ timeoutMs = timerMsMax, signal }: TakeOptions): Promise<void> {
    this.#asking ??= this.#askAll().finally(() => (this.#asking = undefined));
    const asked = new AbortController();
    const anySignal = signal ? AbortSignal.any([signal, asked.signal]) : asked.signal;
    const tooLate = pause(Math.min(timeoutMs, timerMsMax), anySignal).then(() => true);
    const isTooLate = await Promise.race([this.#asking.then(() => false), tooLate]);
    asked.abort();
    this.#assertOpen();
    if (signal?.aborted) throw cancelledCall(signal.reason).with({ outcome: 'none' });
    if (isTooLate && this.#up.length === 0) throw this.#noneWithin(timeoutMs);
  }

  /** Also those that rest: there is nothing else. */
  async #askAll(): Promise<void> {
    const answers = this.#addresses.map((address) => address.ask());
    const settled = new AbortController();
    const all = Promise.all(answers).finally(() => settled.abort());
    const firstUp = answers.map(async (answer) => {
      if (await answer) await pause(graceMs, settled.signal);
      else await all;
    });
    await Promise.race(firstUp);
  }

  #assertOpen(): void {
    if (!this.#closing.signal.aborted) return;
    throw new OncelogClientError('CANCELLED', 'the client is closed', { outcome: 'none' });
  }

  #noneAnswers(): OncelogClientError {
    const failures = this.#addresses.flatMap(({ failure }) => failure ?? []);
    const [first] = failures;
    const code = first && failures.every((each) => each.code === first.code) ? first.code : 'UNREACHABLE';
    const reasons = this.#addresses.map((address) => told(address, address.failure));
    return new OncelogClientError(code, `no address answers: ${reasons.join('; ')}`, { outcome: 'none', cause: first });
  }

  #noneWithin(timeoutMs: number): OncelogClientError {
    const late = timedOutCall(timeoutMs, undefined);
    const names = this.#addresses.map(({ target }) => target.authority).join(', ');
    return late.with({ outcome: 'none' }, `${late.message} from ${names}`);
  }
}

/** Some reasons name the address themselves. */
function told({ target: { authority } }: Address, failure: OncelogClientError | undefined): string {
  const message = failure?.message ?? 'was not asked';
  return message.includes(authority) ? message : `${authority}: ${message}`;
}
