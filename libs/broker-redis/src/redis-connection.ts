// A connection that is there again by itself, and is used only while the server behind it may be trusted.
import { createClient, type RedisArgument, RESP_TYPES } from '@redis/client';
import { OncelogError, violated } from '@oncelog/core';
import type { BrokerAddress } from './broker-address.ts';
import { failureOf, isReply, retryAfterMs, unavailable } from './redis-failures.ts';
import { type Script, scripts } from './scripts.ts';
import { settingsRefusal } from './server-settings.ts';

/** Also for each question about its settings: a server that is stopped takes connections, and says nothing. */
const connectTimeoutMs = 2000;
/** A flush on a busy disk takes 2 s at times; whoever waits longer is better told. */
const commandTimeoutMs = 5000;
const reconnectDelaysMs = [50, 100, 200, 500] as const;
/** Answers outstanding, of all kinds: groups of the ingest queue are two, what else asks is a reader of statistics. */
const commandsInFlightMax = 1000;

type Client = ReturnType<typeof clientOf>;

export interface RedisConnection {
  /** Runs it in one atomic step. Texts come as buffers. */
  run(script: Script, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown>;
  /** A command that may wait for so long beyond the time that any other may take. */
  send(command: readonly RedisArgument[], waitMs?: number): Promise<unknown>;
  close(): void;
}

export interface ConnectionOptions {
  readonly address: BrokerAddress;
  readonly allow: ReadonlySet<string>;
}

/** Throws when the server cannot be had now, or must not be had at all; later, the connection finds back by itself. */
export async function openConnection({ address, allow }: ConnectionOptions): Promise<RedisConnection> {
  let client: Client | undefined;
  let closed = false;
  /** Why there is no client. */
  let trouble = 'cannot be reached';
  let inFlight = 0;

  async function connect(): Promise<void> {
    const next = clientOf(address);
    try {
      await within(connectTimeoutMs, next.connect(), next);
      const ask = (...command: string[]) => within(connectTimeoutMs, next.sendCommand(command), next);
      const refusal = await settingsRefusal(ask, allow);
      if (refusal) throw refusal;
      for (const { source } of scripts) await ask('SCRIPT', 'LOAD', source);
      if (!next.isReady) throw new Error('lost while it was made');
    } catch (error) {
      next.destroy();
      throw connectFailure(error, address);
    }
    if (closed) return next.destroy();
    client = next;
    next.once('end', () => void lost(next)).once('error', () => void lost(next));
  }

  async function lost(which: Client): Promise<void> {
    if (client !== which || closed) return;
    client = undefined;
    trouble = 'has lost its connection';
    which.destroy();
    for (let attempt = 0; !closed && client === undefined; attempt += 1) {
      const delayMs = reconnectDelaysMs[Math.min(attempt, reconnectDelaysMs.length - 1)]!;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (closed) return;
      await connect().catch((error: OncelogError) => (trouble = `cannot be used: ${error.message}`));
    }
  }

  async function send(command: readonly RedisArgument[], waitMs = 0): Promise<unknown> {
    const used = client;
    if (used === undefined) throw unavailable(trouble, 'none');
    if (!used.isReady) throw unavailable('has lost its connection', 'none');
    if (inFlight >= commandsInFlightMax) throw unavailable(`owes ${inFlight} answers already`, 'none');
    inFlight += 1;
    try {
      return await within(commandTimeoutMs + waitMs, used.sendCommand(command, binary), used);
    } catch (error) {
      // It was the primary once; who is it now, a new connection may find out.
      if (isReply(error, 'READONLY')) used.destroy();
      throw error;
    } finally {
      inFlight -= 1;
    }
  }

  await connect();
  return {
    async run({ sha, source }, keys, args) {
      const rest = [String(keys.length), ...keys, ...args];
      try {
        return await send(['EVALSHA', sha, ...rest]).catch((error: unknown) => {
          // Somebody flushed the scripts.
          if (isReply(error, 'NOSCRIPT')) return send(['EVAL', source, ...rest]);
          throw error;
        });
      } catch (error) {
        throw failureOf(error);
      }
    },
    async send(command, waitMs) {
      return send(command, waitMs).catch((error: unknown) => {
        throw failureOf(error);
      });
    },
    close() {
      closed = true;
      trouble = 'is closed';
      client?.destroy();
      client = undefined;
    },
  };
}

const binary = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };

function clientOf({ url }: BrokerAddress) {
  const client = createClient({
    url,
    RESP: 2,
    // Reconnecting is done here, where the new server is looked at before it is given anything.
    socket: { connectTimeout: connectTimeoutMs, reconnectStrategy: false },
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  });
  // Without a listener of its own an error would end the process.
  return client.on('error', () => {});
}

/** The answers of a connection come in order: one that is late makes all that follow late, so that it is given up. */
async function within<T>(ms: number, answer: Promise<T>, client: Client): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(unavailable(`did not answer within ${ms} ms`, 'unknown'));
    client.destroy();
  }, ms);
  answer.catch(() => {});
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function connectFailure(error: unknown, { shown }: BrokerAddress): OncelogError {
  if (error instanceof OncelogError && error.code !== 'STORE_UNAVAILABLE') return error;
  if (isReply(error, 'WRONGPASS') || isReply(error, 'NOAUTH') || isReply(error, 'NOPERM')) {
    return violated('RULE_BROKEN', [
      { field: 'broker', description: `${shown} refuses the user name, the password or a command` },
    ]);
  }
  const reason = error instanceof OncelogError ? 'no answer in time' : (error as NodeJS.ErrnoException).code;
  return new OncelogError('STORE_UNAVAILABLE', `cannot connect to ${shown} (${reason ?? 'the connection was lost'})`, {
    retryAfterMs,
    cause: error,
  });
}
