// Which places of a scan match a filter, and what their bodies weigh: a slice is cut before a body is read.
import { type EventFilter, fitsAttributes } from '@oncelog/core';
import type { LogDatabase } from './entities.ts';
import { bodiesWithin } from './position-range.ts';
import { attributesOf } from './stored-event-row.ts';
import type { TailScan } from './tail-scan.ts';

/** An event may have 280 KB of attributes, all of which are read when the filter asks for one. */
const attributesReadMax = 32;

interface TailMatch {
  readonly position: number;
  readonly size: number;
}

interface MatchRow extends TailMatch {
  /** Only when the filter asks for some. */
  readonly attributes?: string | null;
}

/** The first ones, `matchesMax` at most. */
export async function findMatches(
  db: LogDatabase,
  filter: EventFilter,
  scan: TailScan,
  matchesMax: number,
): Promise<readonly TailMatch[]> {
  const matches: TailMatch[] = [];
  if (fitsNoTopic(filter, scan)) return matches;
  const rowsMax = Object.keys(filter.attributes).length > 0 ? attributesReadMax : matchesMax;
  let { after } = scan;
  for (let more = true; more && matches.length < matchesMax;) {
    const rows: readonly MatchRow[] = await selectMatches(db, filter, { ...scan, after }, rowsMax).execute();
    const fitting = rows.filter((row) => fitsExactly(filter, row));
    matches.push(...fitting.map(({ position, size }) => ({ position, size })));
    more = rows.length === rowsMax;
    after = rows.at(-1)?.position ?? after;
  }
  return matches.slice(0, matchesMax);
}

function fitsNoTopic({ topics, topicPrefixes }: EventFilter, { topicIds }: TailScan): boolean {
  return topics.length > 0 && topicIds.length === 0 && topicPrefixes.length === 0;
}

/** The text of an attribute may come about otherwise: `"a\"b":"c"` holds `"b":"c"`. */
function fitsExactly(filter: EventFilter, { attributes, position }: MatchRow): boolean {
  if (attributes === undefined || attributes === null) return true;
  return fitsAttributes(filter, { attributes: attributesOf(attributes, position) });
}

function selectMatches(db: LogDatabase, filter: EventFilter, { after, last, topicIds }: TailScan, rowsMax: number) {
  const { topicPrefixes, sources } = filter;
  const attributeTexts = Object.entries(filter.attributes).map((pair) =>
    pair.map((text) => JSON.stringify(text)).join(':'),
  );
  return db
    .selectFrom('event_key')
    .innerJoin('topic', 'topic.id', 'event_key.topic_id')
    .leftJoin('event', bodiesWithin({ first: after + 1, last }))
    .select(({ fn, lit, eb }) => {
      const bytesOf = (column: 'event.content' | 'event.attributes') =>
        fn.coalesce(fn<number>('octet_length', [column]), lit(0));
      return ['event_key.position', eb(bytesOf('event.content'), '+', bytesOf('event.attributes')).as('size')];
    })
    .$if(attributeTexts.length > 0, (matches) => matches.select('event.attributes'))
    .where('event_key.position', '>', after)
    .where('event_key.position', '<=', last)
    .where((eb) => {
      const topicFits = [
        ...(topicIds.length === 0 ? [] : [eb('event_key.topic_id', 'in', topicIds)]),
        ...topicPrefixes.map((prefix) => {
          const { length } = [...prefix];
          return eb(eb.fn<string>('substr', ['topic.name', eb.lit(1), eb.lit(length)]), '=', prefix);
        }),
      ];
      const erased = eb('event.position', 'is', null);
      return eb.and([
        ...(topicFits.length === 0 ? [] : [eb.or(topicFits)]),
        ...(sources.length === 0 ? [] : [eb.or([erased, eb('event.source', 'in', sources)])]),
        ...attributeTexts.map((text) => {
          // Portable, and without the wildcards and the folded case of LIKE.
          const without = eb.fn<string>('replace', ['event.attributes', eb.val(text), eb.val('')]);
          return eb.or([erased, eb(without, '<>', eb.ref('event.attributes'))]);
        }),
      ]);
    })
    .orderBy('event_key.position')
    .limit(rowsMax);
}
