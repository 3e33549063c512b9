// The wire's limit: a bare grpc-js server that decodes, acknowledges and forgets.
import { connectGrpc } from './grpc-connection.ts';
import { startNodeServer } from './node-server.ts';
import type { Peer } from './peer.ts';
import { versionOfPackage } from './program.ts';

const serverFile = new URL('./bare-grpc.server.ts', import.meta.url);

export const bareGrpc: Peer = {
  name: 'bare-grpc',
  survives: 'nothing',
  durability: 'stores nothing, knows no repeats: decodes each event, answers one outcome an event',
  knowsRepeats: false,
  find: () => ({ version: `grpc-js ${versionOfPackage('@grpc/grpc-js')}` }),
  async start({ lifetime }) {
    const { child, pid, address } = await startNodeServer(lifetime, serverFile, []);
    return { address, pids: [pid], stop: () => lifetime.endChild(child) };
  },
  async connect(address, sending) {
    if (sending.by !== 'stream' && sending.by !== 'unary')
      throw new Error(`bare-grpc cannot be reached by ${sending.by}`);
    return connectGrpc([address], sending);
  },
};
