// Consumer groups as programs see them, and the calls that make, look at and move them.
import { durationFromMs, durationMs, timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  ConsumerService,
  type ContentView,
  type DeadLetter as DeadLetterMessage,
  type Group as GroupMessage,
  StartPosition,
} from '@oncelog/protocol';
import type { Call } from '../calls/call.ts';
import { OncelogClientError } from '../failures/client-error.ts';
import { eventFilterOf, type FilterOptions } from '../events/event-filter.ts';
import { type LogEntry, logEntryOf } from '../events/log-entry.ts';
import type { CallSettings } from '../oncelog-client.ts';

type Start = 'beginning' | 'now';

export interface NewGroup extends FilterOptions {
  /** How long a member has for a delivery before it goes to another: 1 second to 12 hours, 30 seconds when absent. */
  readonly leaseMs?: number | undefined;
  /** After so many deliveries without an acknowledgement an event becomes a dead letter: 1 to 1,000, 5 when absent. */
  readonly attemptsMax?: number | undefined;
  /** A cursor, exclusive; else `start`. Both are for a group that is new. */
  readonly after?: string | undefined;
  /** The beginning when absent. */
  readonly start?: Start | undefined;
}

export interface Group {
  readonly name: string;
  readonly filter: Required<FilterOptions>;
  readonly leaseMs: number;
  readonly attemptsMax: number;
  /** Nothing behind it has been delivered. Empty while it stands before the first event. */
  readonly cursor: string;
  /** Delivered and not settled: leased to a member, or waiting to come again. */
  readonly outstanding: number;
  /** Events behind the cursor, whether or not they pass the filter. */
  readonly backlog: number;
  readonly deadLetters: number;
  readonly createTime: Date;
}

export interface DeadLetter {
  readonly entry: LogEntry;
  readonly attempts: number;
  /** Of the last rejection; empty when the last lease ran out. */
  readonly reason: string;
  readonly deadTime: Date;
}

export type SeekTarget =
  /** A cursor, exclusive. */
  | { readonly after: string }
  /** The first event stored at this time or later is the next one. */
  | { readonly since: Date }
  | { readonly start: Start };

export interface DeadLetterQuery {
  /** How many are asked for at a time: 1 to 1,000, 100 when absent. */
  readonly pageSize?: number | undefined;
  readonly contentView?: ContentView | undefined;
}

export class ConsumerGroups {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** The same once more is no error and changes nothing; other settings under its name are ALREADY_EXISTS. */
  async create(
    name: string,
    settings: NewGroup = {},
    callSettings?: CallSettings,
  ): Promise<{ readonly group: Group; readonly created: boolean }> {
    const { leaseMs, attemptsMax = 0, after = '', start } = settings;
    const request = {
      name,
      settings: {
        filter: eventFilterOf(settings),
        attemptsMax,
        ...(leaseMs !== undefined && { leaseDuration: durationFromMs(leaseMs) }),
      },
      after,
      start: startOf(start),
    };
    const { group, created } = await this.#call(service.createGroup, request, callSettings);
    return { group: groupOf(group), created };
  }

  /** Undefined when there is no such group. */
  async get(name: string, callSettings?: CallSettings): Promise<Group | undefined> {
    try {
      return groupOf((await this.#call(service.getGroup, { name }, callSettings)).group);
    } catch (error) {
      if (error instanceof OncelogClientError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  /** By name. */
  async list(callSettings?: CallSettings): Promise<Group[]> {
    return (await this.#call(service.listGroups, {}, callSettings)).groups.map(groupOf);
  }

  /** Forgets the group, its place and its dead letters; the events stay. False when there was none. */
  async delete(name: string, callSettings?: CallSettings): Promise<boolean> {
    return (await this.#call(service.deleteGroup, { name }, callSettings)).deleted;
  }

  /** Moves the group's place. What is delivered and not settled is forgotten; dead letters stay. */
  async seek(group: string, target: SeekTarget, callSettings?: CallSettings): Promise<Group> {
    const request = { group, target: seekTargetOf(target) };
    return groupOf((await this.#call(service.seekGroup, request, callSettings)).group);
  }

  /** By position. */
  async *deadLetters(
    group: string,
    { pageSize = 0, contentView }: DeadLetterQuery = {},
    callSettings?: CallSettings,
  ): AsyncGenerator<DeadLetter, void, undefined> {
    let pageToken = '';
    do {
      const request = { group, pageSize, pageToken, ...(contentView !== undefined && { contentView }) };
      const page = await this.#call(service.listDeadLetters, request, callSettings);
      for (const each of page.deadLetters) yield deadLetterOf(each);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  }

  /** Delivers dead letters again, with all their attempts before them; all of them without positions. How many. */
  async replay(group: string, positions: readonly bigint[] = [], callSettings?: CallSettings): Promise<number> {
    const request = { group, positions: [...positions] };
    return Number((await this.#call(service.replayDeadLetters, request, callSettings)).replayed);
  }

  /** Settles dead letters for good; all of them without positions. How many. */
  async deleteDeadLetters(
    group: string,
    positions: readonly bigint[] = [],
    callSettings?: CallSettings,
  ): Promise<number> {
    const request = { group, positions: [...positions] };
    return Number((await this.#call(service.deleteDeadLetters, request, callSettings)).deleted);
  }
}

const service = ConsumerService.method;

function startOf(start: Start | undefined): StartPosition {
  if (start === undefined) return StartPosition.UNSPECIFIED;
  return start === 'now' ? StartPosition.NOW : StartPosition.BEGINNING;
}

function seekTargetOf(target: SeekTarget) {
  if ('after' in target) return { case: 'after', value: target.after } as const;
  if ('since' in target) return { case: 'since', value: timestampFromDate(target.since) } as const;
  return { case: 'start', value: startOf(target.start) } as const;
}

function groupOf(group: GroupMessage | undefined): Group {
  if (!group?.settings) throw new OncelogClientError('INTERNAL', 'the aggregator answered without the group');
  const { name, settings, cursor, outstanding, backlog, deadLetters, createTime } = group;
  const { topics = [], topicPrefixes = [], sources = [], attributes = {} } = settings.filter ?? {};
  return {
    name,
    filter: { topics, topicPrefixes, sources, attributes },
    leaseMs: settings.leaseDuration ? durationMs(settings.leaseDuration) : 0,
    attemptsMax: settings.attemptsMax,
    cursor,
    outstanding,
    backlog: Number(backlog),
    deadLetters: Number(deadLetters),
    createTime: createTime ? timestampDate(createTime) : new Date(0),
  };
}

function deadLetterOf({ entry, attempts, reason, deadTime }: DeadLetterMessage): DeadLetter {
  return { entry: logEntryOf(entry!), attempts, reason, deadTime: timestampDate(deadTime!) };
}
