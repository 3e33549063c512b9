// NATS JetStream past its client library: what the server can do.
import { createNatsPeer } from './nats-peer.ts';

export const natsBare = createNatsPeer({
  name: 'nats-bare',
  survives: 'process end',
  durability:
    'the same server, sent bare requests with headers made beforehand; acknowledged before the flush, which comes ' +
    'every 2 minutes',
  syncSetting: '',
  publish: 'bare',
});
