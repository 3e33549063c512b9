// Where the aggregator is: "host:port", "http://host:port" or, behind a proxy that speaks TLS, "https://host:port".
import { refused } from '../failures/client-error.ts';

export const defaultTarget = '127.0.0.1:8080';
const defaultPort = 8080;

/** Each has a connection, and all are asked when none answers; in front of more replicas stands a balancer. */
export const targetsMax = 32;

export interface Target {
  /** "host:port", an IPv6 host in brackets. */
  readonly authority: string;
  /** "http://host:port" or "https://host:port", without a slash at the end. */
  readonly baseUrl: string;
  readonly secure: boolean;
}

/** One, or several with commas between or as a list; each once, in their order. */
export function parseTargets(target: string | readonly string[]): Target[] {
  const texts = typeof target === 'string' ? target.split(',').map((text) => text.trim()) : target;
  if (texts.length === 0) throw refused('MALFORMED', 'target', 'names no address');
  const targets = new Map(texts.map(parseTarget).map((each) => [each.baseUrl, each]));
  if (targets.size > targetsMax) {
    const { size } = targets;
    const description = `names ${size} addresses, more than ${targetsMax}: put a balancer in front of them`;
    throw refused('RULE_BROKEN', 'target', description).with({ limit: String(targetsMax), actual: String(size) });
  }
  return [...targets.values()];
}

export function parseTarget(text: string): Target {
  const url = urlOf(text.includes('://') ? text : `http://${text}`);
  const plain =
    url && !text.includes(',') && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
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
