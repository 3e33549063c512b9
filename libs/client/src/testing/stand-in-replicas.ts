// Several stand-in servers on one log, as replicas are: each can be stopped, and started again where it was.
import type { TransportName } from '../create-client.ts';
import { StandInGroups } from './stand-in-groups.ts';
import { StandInLog } from './stand-in-log.ts';
import { type StandInServer, startStandInServer } from './stand-in-server.ts';

const overHttp1: readonly TransportName[] = ['rest', 'connect-web', 'grpc-web'];

export class StandInReplicas {
  readonly log = new StandInLog();
  readonly groups = new StandInGroups(this.log);
  /** Those that were started, and the last of each place. */
  readonly servers: StandInServer[] = [];

  async start(count: number): Promise<this> {
    while (this.servers.length < count) {
      this.servers.push(await startStandInServer(this.log, 0, 0, this.groups));
    }
    return this;
  }

  /** As a process that is killed: every connection breaks, and no other is taken. */
  stop(place: number): Promise<void> {
    return this.servers[place]!.close();
  }

  async restart(place: number): Promise<void> {
    const { target, restTarget } = this.servers[place]!;
    this.servers[place] = await startStandInServer(this.log, portOf(target), portOf(restTarget), this.groups);
  }

  targets(transport: TransportName): string[] {
    return this.servers.map(({ target, restTarget }) => (overHttp1.includes(transport) ? restTarget : target));
  }

  /** How many calls of a method each has had. */
  calls(method: string): number[] {
    return this.servers.map(({ calls }) => calls.get(method) ?? 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
  }
}

function portOf(target: string): number {
  return Number(target.split(':')[1]);
}
