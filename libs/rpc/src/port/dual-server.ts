// One cleartext TCP port for HTTP/1.1 and for HTTP/2 with prior knowledge (h2c), told apart by their first bytes.
//
// The http.Server owns the listening socket, so that its header timeouts apply; a bare net.Server in front would
// switch them off.
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { closeWithConnection } from './close-with-connection.ts';
import { defaultPortLimits, type PortLimits } from './http-limits.ts';

export type NodeRequest = http.IncomingMessage | http2.Http2ServerRequest;
export type NodeResponse = http.ServerResponse | http2.Http2ServerResponse;

export interface DualServer {
  listen(port: number, host: string): Promise<AddressInfo>;
  /** Stops accepting, lets calls in flight finish, then cuts what is left after the grace. */
  close(graceMs: number): Promise<void>;
}

/** Takes a stream of HTTP/2 and answers it, or gives back false and leaves it as it was. */
export type TakeStream = (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => boolean;

const preface = Buffer.from('PRI * HTTP/2.0');

export function createDualServer(
  handler: (request: NodeRequest, response: NodeResponse) => void,
  limits: PortLimits = defaultPortLimits,
  takeStream?: TakeStream,
): DualServer {
  const http1Server = http.createServer(limits.http1, (request, response) => {
    closeWithConnection(request, response);
    // A client that keeps its connection alive would otherwise hold a close up until its grace is over.
    response.once('close', () => {
      if (!http1Server.listening) setImmediate(() => http1Server.closeIdleConnections());
    });
    handler(request, response);
  });
  const http2Server = http2.createServer(limits.http2, handler);
  if (takeStream) offerStreams(http2Server, takeStream);
  const sessions = trackSessions(http2Server, limits.http2IdleMs);
  const sniffing = new Set<Socket>();
  const http2Sockets = new Set<Socket>();

  const acceptHttp1 = http1Server.listeners('connection') as ((socket: Socket) => void)[];
  http1Server.removeAllListeners('connection');
  http1Server.on('connection', (socket: Socket) => {
    sniff(socket, sniffing, limits.sniffTimeoutMs, (isHttp2) => {
      // The http.Server lets a client close its half first; an HTTP/2 session would outlive its client that way.
      socket.allowHalfOpen = !isHttp2;
      if (isHttp2) {
        http2Sockets.add(socket);
        socket.once('close', () => http2Sockets.delete(socket));
        lingerAtMost(socket, limits.http2LingerMs);
        http2Server.emit('connection', socket);
      } else for (const accept of acceptHttp1) accept.call(http1Server, socket);
    });
  });

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        http1Server.once('error', reject);
        http1Server.listen(port, host, () => {
          http1Server.off('error', reject);
          resolve(http1Server.address() as AddressInfo);
        });
      }),
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => http1Server.close(() => resolve()));
      for (const socket of sniffing) socket.destroy();
      for (const session of sessions) session.close();
      const cut = setTimeout(() => {
        // Without a code the streams would end as if they were whole.
        for (const session of sessions) session.destroy(undefined, http2.constants.NGHTTP2_CANCEL);
        http1Server.closeAllConnections();
        // A client that reads nothing would never take the end.
        for (const socket of http2Sockets) setTimeout(() => socket.destroy(), limits.http2LingerMs);
      }, graceMs);
      await closed;
      clearTimeout(cut);
    },
  };
}

/** Before Node builds a request and a response around a stream: who takes it needs neither. */
function offerStreams(server: http2.Http2Server, takeStream: TakeStream): void {
  const serve = server.listeners('stream') as ((...event: readonly unknown[]) => void)[];
  server.removeAllListeners('stream');
  server.on('stream', (stream, headers, ...more) => {
    if (takeStream(stream, headers)) return;
    for (const listener of serve) listener.call(server, stream, headers, ...more);
  });
}

function trackSessions(server: http2.Http2Server, idleMs: number): Set<http2.ServerHttp2Session> {
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    // Node has no idle timeout for HTTP/2 of its own. A session whose streams are quiet is not idle.
    session.setTimeout(idleMs, () => session.close());
    session.on('error', () => {});
  });
  return sessions;
}

/**
 * A session that is closed waits for its client to close the connection, too. A client that does not would keep its
 * socket open for ever, and a shutdown waiting beyond its grace.
 */
function lingerAtMost(socket: Socket, lingerMs: number): void {
  socket.once('finish', () => {
    const cut = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(cut));
  });
}

/** Looks at the first bytes, gives them back and decides. The bytes go back only after deciding: earlier busy-loops. */
function sniff(socket: Socket, sniffing: Set<Socket>, timeoutMs: number, decide: (isHttp2: boolean) => void): void {
  let head: Buffer = Buffer.alloc(0);
  const giveUp = () => socket.destroy();
  const timer = setTimeout(giveUp, timeoutMs);
  const stop = () => {
    clearTimeout(timer);
    sniffing.delete(socket);
    socket.off('error', giveUp).off('close', stop).off('readable', onReadable);
  };
  const onReadable = () => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const compared = Math.min(head.length, preface.length);
    const looksLikeHttp2 = head.subarray(0, compared).equals(preface.subarray(0, compared));
    if (looksLikeHttp2 && compared < preface.length) return;
    stop();
    socket.unshift(head);
    decide(looksLikeHttp2);
  };
  sniffing.add(socket);
  socket.on('error', giveUp).on('close', stop).on('readable', onReadable);
}
