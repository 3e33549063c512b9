// NATS JetStream made to flush before it acknowledges, where the version can.
import { createNatsPeer } from './nats-peer.ts';

export const natsSyncAlways = createNatsPeer({
  name: 'nats-sync-always',
  survives: 'power loss',
  durability: 'JetStream, file storage, Nats-Msg-Id; sync_interval: always, a flush for each event',
  syncSetting: 'sync_interval: always',
  publish: 'bare',
});
