// Aggregators on one PostgreSQL: one of them, or several that share it.
import { missingPostgres } from '@oncelog/testing';
import { connectAggregator, startAggregator, version } from './aggregator.ts';
import { postgresVersion, sizesOf, startFavouredPostgres } from './favoured-servers.ts';
import type { Peer } from './peer.ts';

export interface ReplicasVariant {
  readonly name: Peer['name'];
  readonly replicas: number;
  readonly durability: string;
}

export function createReplicasPeer({ name, replicas, durability }: ReplicasVariant): Peer {
  return {
    name,
    survives: 'power loss',
    durability,
    knowsRepeats: true,
    find() {
      const absent = missingPostgres();
      return absent === undefined ? { version: `${version}, ${postgresVersion()}` } : { absent };
    },
    async start({ lifetime }) {
      const postgres = await startFavouredPostgres(lifetime);
      const settings = ['--store', postgres.url];
      const servers = await Promise.all(Array.from({ length: replicas }, () => startAggregator(lifetime, settings)));
      return {
        address: servers.map(({ address }) => address).join(','),
        pids: [postgres.pid, ...servers.map(({ pid }) => pid)],
        url: servers[0]!.url,
        sizes: () => sizesOf(postgres),
        async stop() {
          await Promise.all(servers.map(({ child }) => lifetime.endChild(child)));
          await postgres.stop();
        },
      };
    },
    connect: connectAggregator,
  };
}
