// All peers by name, each loaded when it takes part: a process of a load needs one of them.
import type { Peer, PeerName } from './peer.ts';

const load: { readonly [Name in PeerName]: () => Promise<Peer> } = {
  oncelog: async () => (await import('./oncelog.ts')).oncelog,
  'oncelog-postgres': async () => (await import('./oncelog-postgres.ts')).oncelogPostgres,
  'oncelog-replicas': async () => (await import('./oncelog-replicas.ts')).oncelogReplicas,
  'oncelog-broker': async () => (await import('./oncelog-broker.ts')).oncelogBroker,
  'sqlite-one-row': async () => (await import('./sqlite-one-row.ts')).sqliteOneRow,
  'sqlite-many-rows': async () => (await import('./sqlite-many-rows.ts')).sqliteManyRows,
  'sqlite-ceiling': async () => (await import('./sqlite-ceiling.ts')).sqliteCeiling,
  redis: async () => (await import('./redis.ts')).redis,
  postgres: async () => (await import('./postgres.ts')).postgres,
  'postgres-one': async () => (await import('./postgres-one.ts')).postgresOne,
  'postgres-store': async () => (await import('./postgres-store.ts')).postgresStore,
  nats: async () => (await import('./nats.ts')).nats,
  'nats-bare': async () => (await import('./nats-bare.ts')).natsBare,
  'nats-sync-always': async () => (await import('./nats-sync-always.ts')).natsSyncAlways,
  'bare-grpc': async () => (await import('./bare-grpc.ts')).bareGrpc,
};

export function loadPeer(name: PeerName): Promise<Peer> {
  return load[name]();
}
