// Reading a log back over REST, as anybody with curl could.

const pageSize = 1000;

export interface EventCount {
  /** Of the events that should be there: how many are. */
  readonly found: number;
  /** Listed more often than once. */
  readonly twice: number;
}

/** Looks for the events with the ids of 0 to `count` - 1. */
export async function countEvents(url: string, idOf: (number: number) => string, count: number): Promise<EventCount> {
  const listed = new Map<string, number>();
  for (let path: string | undefined = `/events?limit=${pageSize}`; path !== undefined;) {
    const response = await fetch(`${url}${path}`);
    for (const { event_id: id } of (await response.json()) as { readonly event_id: string }[]) {
      listed.set(id, (listed.get(id) ?? 0) + 1);
    }
    path = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  }
  let found = 0;
  for (let number = 0; number < count; number += 1) if (listed.has(idOf(number))) found += 1;
  const twice = [...listed.values()].filter((times) => times > 1).length;
  return { found, twice };
}
