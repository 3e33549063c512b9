// NATS JetStream as its users publish to it: it acknowledges what it has written, and flushes every two minutes.
import { createNatsPeer } from './nats-peer.ts';

export const nats = createNatsPeer({
  name: 'nats',
  survives: 'process end',
  durability:
    'JetStream, file storage, Nats-Msg-Id, published by its client library, whose CPU is the bound; acknowledged ' +
    'before the flush, which comes every 2 minutes',
  syncSetting: '',
  publish: 'library',
});
