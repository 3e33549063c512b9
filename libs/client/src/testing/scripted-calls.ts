// Server streams by script: what each call was asked, what it answers, and whether it was left. For specs of readers.
import type { DescMessage, DescMethodServerStreaming, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { cancelledCall } from '../failures/client-error.ts';
import type { ServerStreamOptions, Wire } from '../wires/wire.ts';

type Answers<O extends DescMessage> = AsyncIterable<MessageInitShape<O>> | Iterable<MessageInitShape<O>>;

export interface ScriptedCall<I> {
  readonly request: I;
  readonly signal: AbortSignal;
}

export class ScriptedCalls<I extends DescMessage, O extends DescMessage> {
  readonly calls: ScriptedCall<MessageShape<I>>[] = [];
  /** Answers that readers have taken. */
  taken = 0;
  open = 0;
  readonly #answer: (call: ScriptedCall<MessageShape<I>>, index: number) => Answers<O>;

  constructor(answer: (call: ScriptedCall<MessageShape<I>>, index: number) => Answers<O>) {
    this.#answer = answer;
  }

  get wire(): Pick<Wire, 'serverStream'> {
    return { serverStream: this.#serverStream.bind(this) as unknown as Wire['serverStream'] };
  }

  async *#serverStream(
    { input, output }: DescMethodServerStreaming<I, O>,
    init: MessageInitShape<I>,
    { signal = new AbortController().signal }: ServerStreamOptions,
  ): AsyncGenerator<MessageShape<O>> {
    const call = { request: create(input, init), signal };
    this.calls.push(call);
    this.open += 1;
    try {
      for await (const answer of this.#answer(call, this.calls.length - 1)) {
        this.taken += 1;
        yield create(output, answer);
      }
    } finally {
      this.open -= 1;
    }
  }
}

/** What a transport does while nothing comes: it waits, and fails when it is told to leave. */
export function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const leave = () => reject(cancelledCall(signal.reason));
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
  });
}
