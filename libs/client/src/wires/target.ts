// Where the aggregator is: "host:port", "http://host:port" or, behind a proxy that speaks TLS, "https://host:port".
import { refused } from '../failures/client-error.ts';

export const defaultTarget = '127.0.0.1:8080';
const defaultPort = 8080;

export interface Target {
  /** "host:port", an IPv6 host in brackets. */
  readonly authority: string;
  /** "http://host:port" or "https://host:port", without a slash at the end. */
  readonly baseUrl: string;
  readonly secure: boolean;
}

export function parseTarget(text: string): Target {
  const url = urlOf(text.includes('://') ? text : `http://${text}`);
  const plain = url && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  const secure = url?.protocol === 'https:';
  if (!plain || (!secure && url.protocol !== 'http:') || url.hostname === '') {
    throw refused('MALFORMED', 'target', `"${text}" is not host:port, http://host:port or https://host:port`);
  }
  const authority = `${url.hostname}:${url.port || implicitPort(text, secure)}`;
  return { authority, baseUrl: `${secure ? 'https' : 'http'}://${authority}`, secure };
}

/** The URL parser drops ":80" as the default of http, so that a missing port has to be told from it by the text. */
function implicitPort(text: string, secure: boolean): number {
  if (secure) return 443;
  return /:80\/?$/.test(text) ? 80 : defaultPort;
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
