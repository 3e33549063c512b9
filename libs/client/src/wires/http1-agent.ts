// Kept-alive connections over HTTP/1.1, where a call keeps one to itself.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** Sockets to one aggregator. */
const socketsMax = 64;

/** The agent decides: given one for https, a request of node:http is one over TLS. */
export function createHttp1Agent(secure: boolean): HttpAgent {
  const options = { keepAlive: true, maxSockets: socketsMax };
  return secure ? new HttpsAgent(options) : new HttpAgent(options);
}
