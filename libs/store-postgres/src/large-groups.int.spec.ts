import { randomBytes } from 'node:crypto';
import { defaultLimits, everyEvent } from '@oncelog/core';
import { append, jsonContent, sampleEvent } from '@oncelog/core/testing';
import { describe, expect, it } from 'vitest';
import { freshLog, serverUrl } from './testing/temporary-schema.ts';

const all = { topicsMax: 1, sourcesMax: 1 };

describe.runIf(serverUrl !== undefined)('what is large', () => {
  it('is stored and read back: contents of 256 KiB in a group of 32 MiB', { timeout: 30_000 }, async () => {
    const store = await freshLog(serverUrl!).open();
    const contents = Array.from({ length: 128 }, () => randomBytes(defaultLimits.contentBytesMax));
    const events = contents.map((bytes, index) =>
      sampleEvent('t', `${index}`, { content: { bytes, contentType: 'application/octet-stream' } }),
    );
    const [outcomes] = await append(store, [events]);
    expect(outcomes?.every(({ status }) => status === 'stored')).toBe(true);
    for (const index of [0, 77, 127]) {
      const event = await store.get('t', `${index}`);
      expect(Buffer.compare(event!.content.bytes, contents[index]!)).toBe(0);
    }
    const bytesMax = 4 * 1024 * 1024;
    const slice = await store.tail({ filter: everyEvent, after: 100, eventsMax: 1000, bytesMax, scanMax: 1000 });
    expect(slice.entries).toHaveLength(16);
  });

  it('is a group of 10,000 events, sent twice and with other contents', { timeout: 30_000 }, async () => {
    const store = await freshLog(serverUrl!).open();
    const eventsOf = (content: string) =>
      Array.from({ length: 10_000 }, (_, index) =>
        sampleEvent(`topic ${index % 100}`, `${index}`, { content: jsonContent(content) }),
      );
    const statusesOf = async (content: string) => {
      const [outcomes = []] = await append(store, [eventsOf(content)]);
      expect(outcomes.map(({ position }) => position)).toEqual(outcomes.map((_, index) => index + 1));
      return new Set(outcomes.map(({ status }) => status));
    };
    expect(await statusesOf('{"a":1,"b":2}')).toEqual(new Set(['stored']));
    expect(await statusesOf('{"a":1,"b":2}')).toEqual(new Set(['duplicate']));
    expect(await statusesOf('{"b":2.0, "a":1}')).toEqual(new Set(['duplicate']));
    expect(await statusesOf('{"a":1}')).toEqual(new Set(['conflict']));
    expect(await store.stats(all)).toMatchObject({ stored: 10_000, duplicates: 20_000, conflicts: 10_000 });
  });

  it('is ids, topics and sources as long as they may be, many of them in one group', async () => {
    const store = await freshLog(serverUrl!).open();
    const long = (bytes: number, index: number) => `${index}`.padEnd(bytes, 'ü').slice(0, bytes / 2);
    const events = Array.from({ length: 500 }, (_, index) =>
      sampleEvent(long(254, index), long(512, index), { source: long(254, index) }),
    );
    await append(store, [events]);
    expect(await append(store, [events.slice(0, 2)])).toMatchObject([[{ position: 1 }, { position: 2 }]]);
    expect(await store.stats(all)).toMatchObject({ stored: 500, topicCount: 500, sourceCount: 500 });
  });
});

describe.runIf(serverUrl !== undefined)('what PostgreSQL keeps no text of', () => {
  it('is kept nevertheless: NUL in contents and attributes', async () => {
    const store = await freshLog(serverUrl!).open();
    const event = sampleEvent('t', 'a', {
      attributes: { zero: 'a\0b' },
      content: { bytes: Buffer.from('\0{}\0'), contentType: 'text/plain' },
    });
    await append(store, [[event]]);
    const stored = await store.get('t', 'a');
    expect(stored?.attributes).toEqual({ zero: 'a\0b' });
    expect(Buffer.from(stored!.content.bytes).toString()).toBe('\0{}\0');
  });
});
