// What other replicas commit: told by the server as it happens; the head is looked up where that was lost.
import { setTimeout as wait } from 'node:timers/promises';
import { type ChangedGroup, OncelogError } from '@oncelog/core';
import type { ClientConfig } from 'pg';
import { LogClient } from './session/log-client.ts';

/** How long a hint that was lost goes unnoticed; it also finds out that a silent connection is dead. */
const pollEveryMs = 1000;
const reconnectAfterMs = 200;

export interface HeadListenerOptions {
  readonly client: ClientConfig;
  readonly logId: string;
  /** The highest position that this process knows to be committed. */
  readonly head: () => number;
  readonly onHead: (head: number) => void;
  readonly onGroup: (change: ChangedGroup) => void;
  /** What this process remembers is of no log that there is. */
  readonly onReplaced: (error: OncelogError) => void;
}

export class HeadListener {
  readonly #options: HeadListenerOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: HeadListenerOptions) {
    this.#options = options;
  }

  /** Resolves when it has listened for the first time, so that nothing is missed from then on. */
  async start(): Promise<void> {
    const client = await this.#connect();
    this.#running = this.#run(client);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(first: LogClient): Promise<void> {
    const { signal } = this.#stopping;
    for (let client: LogClient | undefined = first; !signal.aborted;) {
      try {
        client ??= await this.#connect();
        await wait(pollEveryMs, undefined, { signal });
        await this.#readHead(client);
      } catch {
        client?.destroy();
        client = undefined;
        await wait(reconnectAfterMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #connect(): Promise<LogClient> {
    const { client: config, logId } = this.#options;
    const client = new LogClient(config);
    client.on('notification', ({ payload = '' }) => this.#hear(payload));
    try {
      await client.connect();
      await client.query(`listen "oncelog_${logId}"`);
      await this.#readHead(client);
      // Of any group more may have been told while nobody listened.
      this.#options.onGroup({ version: Infinity });
      return client;
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  /** The head, or the version of a group and its name. */
  #hear(payload: string): void {
    const end = payload.indexOf(' ');
    if (end < 0) this.#options.onHead(Number(payload));
    else this.#options.onGroup({ version: Number(payload.slice(0, end)), name: payload.slice(end + 1) });
  }

  /** Somebody may have dropped the log and begun another, or restored an earlier moment of it. */
  async #readHead(client: LogClient): Promise<void> {
    const { logId, head, onHead, onReplaced } = this.#options;
    const known = head();
    const { rows } = await client.query<{ logId: string; stored: number }>('select log_id as "logId", stored from log');
    const [log] = rows;
    if (!log) return;
    if (log.logId !== logId) onReplaced(replaced('is another one now than this process has opened'));
    else if (log.stored < known) onReplaced(replaced(`ends at ${log.stored}, and did at ${known}`));
    else onHead(log.stored);
  }
}

function replaced(how: string): OncelogError {
  return new OncelogError('DATA_CORRUPTED', `the log ${how}: it was dropped or restored under this process`);
}
