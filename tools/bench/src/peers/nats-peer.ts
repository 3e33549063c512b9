// NATS JetStream as an idempotent log: one publish an event, repeats told by their Nats-Msg-Id.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import {
  connect as connectNats,
  createInbox,
  headers,
  type MsgHdrs,
  nanos,
  type NatsConnection,
} from '@nats-io/transport-node';
import { callInFlight } from './calls-in-flight.ts';
import type { Connection, Peer, Presence } from './peer.ts';
import { findProgram, freePort, giveTo, listening, unprivileged, versionOf } from './program.ts';

/** Found best of 64, 256, 1,024 and 4,096: 28,000 events a second through the library, 94,000 past it. */
const callsInFlight = { library: 1024, bare: 4096 } as const;
const publishTimeoutMs = 60_000;
/** Longer than any run: repeats of a load are told however late they come. */
const duplicateWindowMs = 6 * 60 * 60 * 1000;
const stream = 'bench';

export interface NatsVariant {
  readonly name: Peer['name'];
  readonly survives: Peer['survives'];
  readonly durability: string;
  /** A line of the jetstream section. */
  readonly syncSetting: string;
  /** The client library's publish costs four times what the server does with it; bare requests show the server. */
  readonly publish: 'library' | 'bare';
}

export function createNatsPeer({ name, survives, durability, syncSetting, publish }: NatsVariant): Peer {
  return {
    name,
    survives,
    durability,
    knowsRepeats: true,
    find: () => findNats(syncSetting),
    async start({ lifetime, directory }) {
      const user = unprivileged('nats');
      const port = await freePort();
      const file = join(directory, 'nats.conf');
      writeFileSync(file, configuration(port, directory, syncSetting));
      giveTo(user, directory);
      const child = lifetime.spawn(findProgram('nats-server')!, ['-c', file], { ...user, cwd: '/' });
      await listening(child, port);
      const address = `127.0.0.1:${port}`;
      await createStream(address);
      return { address, pids: [child.pid!], stop: () => lifetime.endChild(child) };
    },
    connect: (address) => connect(address, publish),
  };
}

function findNats(syncSetting: string): Presence {
  const program = findProgram('nats-server');
  if (program === undefined) return { absent: 'no nats-server on this machine' };
  const version = `NATS ${/v(\d\S*)/.exec(versionOf(program))?.[1]}`;
  const takes = syncSetting === '' || takesSetting(program, syncSetting);
  return takes ? { version } : { absent: `${version} has no setting "${syncSetting}"` };
}

/** Asks the program itself: it refuses a configuration that it does not know. */
function takesSetting(program: string, syncSetting: string): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'oncelog-bench-nats-'));
  try {
    const file = join(directory, 'nats.conf');
    writeFileSync(file, configuration(-1, directory, syncSetting));
    return spawnSync(program, ['-t', '-c', file]).status === 0;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function configuration(port: number, directory: string, syncSetting: string): string {
  return `host: "127.0.0.1"
port: ${port}
jetstream {
  store_dir: "${directory}"
  ${syncSetting}
}
`;
}

async function createStream(address: string): Promise<void> {
  const connection = await connectNats({ servers: address });
  const streams = (await jetstreamManager(connection)).streams;
  await streams.add({
    name: stream,
    subjects: [`${stream}.>`],
    storage: 'file',
    duplicate_window: nanos(duplicateWindowMs),
  });
  await connection.close();
}

interface Acknowledgement {
  readonly duplicate?: boolean;
  readonly error?: { readonly description: string };
}

type Publish = (subject: string, content: Buffer, id: string, named: MsgHdrs) => Promise<Acknowledgement>;

async function connect(address: string, kind: NatsVariant['publish']): Promise<Connection> {
  const connection = await connectNats({ servers: address });
  const publish = kind === 'library' ? libraryPublish(connection) : barePublish(connection);
  return {
    async prepare({ events }) {
      const calls = events.map(({ topic, eventId, content }) => {
        const id = `${topic}/${eventId}`;
        const named = headers();
        named.set('Nats-Msg-Id', id);
        return { subject: `${stream}.${topic}`, content, id, named };
      });
      return {
        async send(latencies) {
          const tally = { stored: 0, duplicates: 0 };
          await callInFlight(calls, callsInFlight[kind], latencies, async ({ subject, content, id, named }) => {
            const { error, duplicate } = await publish(subject, content, id, named);
            if (error) throw new Error(`NATS refused an event: ${error.description}`);
            if (duplicate) tally.duplicates += 1;
            else tally.stored += 1;
          });
          return tally;
        },
      };
    },
    close: () => connection.close(),
  };
}

function libraryPublish(connection: NatsConnection): Publish {
  const client = jetstream(connection);
  return (subject, content, msgID) => client.publish(subject, content, { msgID, timeout: publishTimeoutMs });
}

/** A publish to JetStream is a request: this makes it without the timer and the error that are prepared for each. */
function barePublish(connection: NatsConnection): Publish {
  const inbox = createInbox();
  const waiting = new Map<string, (acknowledgement: Acknowledgement) => void>();
  let last = 0;
  connection.subscribe(`${inbox}.*`, {
    callback(error, message) {
      if (error) throw error;
      waiting.get(message.subject)?.(message.json<Acknowledgement>());
      waiting.delete(message.subject);
    },
  });
  return (subject, content, _id, named) =>
    new Promise((resolve) => {
      last += 1;
      const reply = `${inbox}.${last}`;
      waiting.set(reply, resolve);
      connection.publish(subject, content, { reply, headers: named });
    });
}
