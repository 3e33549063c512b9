// The flags that say which events a reader wants, the same for all commands that follow the log.
import type { FilterOptions } from '@oncelog/client';
import { attributesOf } from './key-value-flags.ts';
import { UsageError } from './usage-error.ts';

export interface FilterFlags {
  readonly topic?: readonly string[] | undefined;
  readonly prefix?: readonly string[] | undefined;
  readonly source?: readonly string[] | undefined;
  readonly attribute?: readonly string[] | undefined;
}

const repeated = (brief: string, placeholder: string) =>
  ({
    kind: 'parsed',
    parse: String,
    optional: true,
    variadic: true,
    brief: `${brief}; may be repeated`,
    placeholder,
  }) as const;

export const filterFlags = {
  topic: repeated('Only of this topic', 'topic'),
  prefix: repeated('Only of topics that begin so', 'text'),
  source: repeated('Only from this source', 'source'),
  attribute: repeated('Only with this attribute', 'key=value'),
};

export function filterOfFlags(flags: FilterFlags): FilterOptions {
  for (const name of ['topic', 'prefix', 'source'] as const) {
    if (flags[name]?.includes(''))
      throw new UsageError(`--${name} is empty: is a variable unset? leave it out for all of them`);
  }
  return {
    topics: flags.topic,
    topicPrefixes: flags.prefix,
    sources: flags.source,
    attributes: attributesOf(flags.attribute ?? []),
  };
}
