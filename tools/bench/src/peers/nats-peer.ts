// NATS JetStream as an idempotent log: one publish an event, repeats told by their Nats-Msg-Id.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats, nanos } from '@nats-io/transport-node';
import { callInFlight } from './calls-in-flight.ts';
import type { Connection, Peer, Presence } from './peer.ts';
import { findProgram, freePort, giveTo, listening, unprivileged, versionOf } from './program.ts';

/** Found best of 32 to 2,048. */
const callsInFlight = 4096;
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
}

export function createNatsPeer({ name, survives, durability, syncSetting }: NatsVariant): Peer {
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
      return { address, pid: child.pid!, stop: () => lifetime.endChild(child) };
    },
    connect: (address) => connect(address),
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

async function connect(address: string): Promise<Connection> {
  const connection = await connectNats({ servers: address });
  const client = jetstream(connection, { timeout: publishTimeoutMs });
  return {
    async prepare({ events }) {
      const calls = events.map(({ topic, eventId, content }) => ({
        subject: `${stream}.${topic}`,
        content,
        options: { msgID: `${topic}/${eventId}`, timeout: publishTimeoutMs },
      }));
      return {
        async send(latencies) {
          const tally = { stored: 0, duplicates: 0 };
          await callInFlight(calls, callsInFlight, latencies, async ({ subject, content, options }) => {
            const { duplicate } = await client.publish(subject, content, options);
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
