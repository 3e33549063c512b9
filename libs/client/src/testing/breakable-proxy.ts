// A door between client and server that can be slammed: every connection through it breaks at once.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface BreakableProxy {
  readonly target: string;
  breakConnections(): void;
  close(): Promise<void>;
}

export async function startBreakableProxy(upstream: string): Promise<BreakableProxy> {
  const sockets = new Set<Socket>();
  const [host, port] = upstream.split(':');
  const server = createServer((downstream) => {
    const up = connect(Number(port), host);
    for (const socket of [downstream, up]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        downstream.destroy();
        up.destroy();
      });
    }
    downstream.pipe(up).pipe(downstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  /** By a reset: a plain close would let everything arrive that the system holds, which may be all there is. */
  const breakConnections = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    target: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    breakConnections,
    async close() {
      breakConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
