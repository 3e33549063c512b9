// Where the aggregator is: "host:port" or "http://host:port".
import { refused } from './client-error.ts';

export const defaultTarget = '127.0.0.1:8080';
const defaultPort = 8080;

export interface Target {
  /** "host:port", an IPv6 host in brackets. */
  readonly authority: string;
  /** "http://host:port", without a slash at the end. */
  readonly baseUrl: string;
}

export function parseTarget(text: string): Target {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  const plain = url && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  if (!plain || url.protocol !== 'http:' || url.hostname === '') {
    throw refused('MALFORMED', 'target', `"${text}" is not host:port or http://host:port`);
  }
  // The URL parser drops ":80" as the default of http, so that a missing port has to be told from it by the text.
  const port = url.port || (/:80\/?$/.test(text) ? '80' : String(defaultPort));
  const authority = `${url.hostname}:${port}`;
  return { authority, baseUrl: `http://${authority}` };
}
