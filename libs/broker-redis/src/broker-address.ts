// Where a broker is, from its URL: the server, and the names of its keys there.
import { OncelogError, violated } from '@oncelog/core';

const streamDefault = 'oncelog';
const streamName = /^[\w.:-]{1,100}$/;

export interface BrokerAddress {
  /** For the client: with the password, without parameters of ours. Never shown. */
  readonly url: string;
  /** For sentences: host and port. */
  readonly shown: string;
  readonly keys: BrokerKeys;
}

export interface BrokerKeys {
  /** The stream of entries. */
  readonly queue: string;
  readonly counters: string;
  /** The stream of entries that were set aside. */
  readonly dead: string;
  /** The group in which the workers share the queue. */
  readonly group: string;
}

export function brokerAddressOf(url: string): BrokerAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['redis:', 'rediss:'].includes(parsed.protocol) || parsed.hostname === '') {
    throw badUrl('must be redis://host:port or rediss://host:port');
  }
  const { stream = streamDefault, ...others } = Object.fromEntries(parsed.searchParams);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw badUrl(`knows the parameter stream only, not ${unknown}`);
  if (!streamName.test(stream)) throw badUrl('must name its stream with 1 to 100 letters, digits or . : _ -');
  parsed.search = '';
  // In braces, so that a cluster keeps the keys of one broker in one place: scripts need that.
  const key = (name: string) => `{${stream}}:${name}`;
  const keys = { queue: key('queue'), counters: key('counters'), dead: key('dead'), group: 'workers' };
  return { url: parsed.href, shown: `redis at ${parsed.host}`, keys };
}

function badUrl(description: string): OncelogError {
  return violated('RULE_BROKEN', [{ field: 'broker', description }]);
}
