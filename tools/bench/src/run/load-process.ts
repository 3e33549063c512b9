// The orchestrator's side of a process that sends.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { LoadAnswer, LoadCall, LoadCallName, LoadCalls } from '../load/load-calls.ts';
import type { PeerName, Sending } from '../peers/peer.ts';
import type { Lifetime } from './lifetime.ts';

const processFile = new URL('../load/load.process.ts', import.meta.url);

/** A round takes seconds; one that takes this long hangs. */
const callTimeoutMs = 180_000;

export class LoadProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async open(lifetime: Lifetime, peer: PeerName, address: string, sending: Sending): Promise<LoadProcess> {
    const load = new LoadProcess(lifetime.fork(processFile));
    await load.call('open', { peer, address, sending });
    return load;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async call<Name extends LoadCallName>(
    name: Name,
    request: LoadCalls[Name]['request'],
  ): Promise<LoadCalls[Name]['answer']> {
    if (!this.#child.connected) throw new Error('the process of the load has ended');
    const waiting = new AbortController();
    const signal = AbortSignal.any([waiting.signal, AbortSignal.timeout(callTimeoutMs)]);
    try {
      const ended = once(this.#child, 'exit', { signal }).then(([code, by]) => {
        throw new Error(`the process of the load ended with ${by ?? code}`);
      });
      const answered = once(this.#child, 'message', { signal });
      const [answer] = (await Promise.race([answered, ended, this.#undelivered({ name, request })])) as [LoadAnswer];
      if ('failure' in answer) throw new Error(answer.failure);
      return answer.answer as LoadCalls[Name]['answer'];
    } finally {
      waiting.abort();
    }
  }

  /** Only ever rejects: without a callback, a process that is just ending would end this one too. */
  #undelivered(call: LoadCall): Promise<never> {
    return new Promise((_, reject) => {
      this.#child.send(call, (error) => {
        if (error) reject(error);
      });
    });
  }

  /** Has nothing to do where the process has ended by itself: that is another's failure to tell. */
  async close(): Promise<void> {
    if (!this.#child.connected) return;
    const exited = once(this.#child, 'exit');
    await this.call('close', undefined);
    await exited;
  }
}
