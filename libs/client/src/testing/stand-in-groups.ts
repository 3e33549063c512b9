// ConsumerService as the log does it, in memory: groups by name, and members that wait for events.
import { equals } from '@bufbuild/protobuf';
import { durationMs, timestampDate } from '@bufbuild/protobuf/wkt';
import {
  type CreateGroupRequest,
  type Delivery,
  GroupSettingsSchema,
  type PullRequest,
  type SeekGroupRequest,
  StartPosition,
  type StreamingPullRequest,
} from '@oncelog/protocol';
import { pause } from '../calls/pause.ts';
import { StandInGroup, wholeSettings } from './stand-in-group.ts';
import type { StandInLog } from './stand-in-log.ts';
import { brokenRule, Refusal } from './stand-in-refusal.ts';

const windowDefault = 100;
const windowMax = 1000;
const signOfLifeMs = 10_000;

export class StandInGroups {
  readonly #log: StandInLog;
  readonly #groups = new Map<string, StandInGroup>();
  #changed = Promise.withResolvers<void>();

  constructor(log: StandInLog) {
    this.#log = log;
    log.watchers.add(() => this.wake());
  }

  create({ name, settings, after, start }: CreateGroupRequest): { group: StandInGroup; created: boolean } {
    if (name === '') throw brokenRule('name', 'is required');
    const existing = this.#groups.get(name);
    const asked = wholeSettings(settings);
    if (existing) {
      if (equals(GroupSettingsSchema, existing.settings, asked)) return { group: existing, created: false };
      const message = `name: there is a group ${name} with other settings`;
      throw new Refusal({ code: 'ALREADY_EXISTS', field: 'name', message });
    }
    const cursor = after === '' ? this.#placeOf(start) : this.#log.placeOf(after, 'after');
    const group = new StandInGroup(this.#log, name, asked, cursor);
    this.#groups.set(name, group);
    return { group, created: true };
  }

  get(name: string): StandInGroup {
    const group = this.#groups.get(name);
    if (!group) throw new Refusal({ code: 'NOT_FOUND', message: `there is no group ${name}: create it first` });
    return group;
  }

  list(): StandInGroup[] {
    return [...this.#groups.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  delete(name: string): boolean {
    const deleted = this.#groups.delete(name);
    this.wake();
    return deleted;
  }

  /** To be called after what may give a member something to do. */
  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async pull({ group: name, eventsMax, wait, contentView }: PullRequest, signal: AbortSignal): Promise<Delivery[]> {
    const max = windowOf(eventsMax, 'events_max');
    const endMs = Date.now() + (wait ? durationMs(wait) : 0);
    for (;;) {
      const changed = this.#changed.promise;
      const group = this.get(name);
      const deliveries = group.lease(max, contentView);
      if (deliveries.length > 0 || Date.now() >= endMs || signal.aborted) return deliveries;
      await untilChanged(changed, Math.min(endMs, group.nextDueMs ?? endMs), signal);
    }
  }

  /** At most a window of deliveries that this stream has handed out and nobody has settled. */
  async *stream(
    { group: name, windowEvents, contentView }: StreamingPullRequest,
    signal: AbortSignal,
  ): AsyncGenerator<Delivery[], void, undefined> {
    const max = windowOf(windowEvents, 'window_events');
    let unsettled: string[] = [];
    let quietSinceMs = Date.now();
    while (!signal.aborted) {
      const changed = this.#changed.promise;
      const group = this.get(name);
      unsettled = unsettled.filter((deliveryId) => group.holds(deliveryId));
      const deliveries = group.lease(max - unsettled.length, contentView);
      unsettled.push(...deliveries.map(({ deliveryId }) => deliveryId));
      if (deliveries.length > 0 || Date.now() >= quietSinceMs + signOfLifeMs) {
        yield deliveries;
        quietSinceMs = Date.now();
        continue;
      }
      const aliveMs = quietSinceMs + signOfLifeMs;
      await untilChanged(changed, Math.min(aliveMs, group.nextDueMs ?? aliveMs), signal);
    }
  }

  seek({ group: name, target }: SeekGroupRequest): StandInGroup {
    const group = this.get(name);
    if (target.case === 'after') group.seek(this.#log.placeOf(target.value, 'after'));
    else if (target.case === 'since') group.seek(this.#placeBefore(timestampDate(target.value)));
    else group.seek(this.#placeOf(target.value));
    this.wake();
    return group;
  }

  #placeOf(start: StartPosition | undefined): number {
    return start === StartPosition.NOW ? this.#log.events.length : 0;
  }

  #placeBefore(time: Date): number {
    const next = this.#log.events.findIndex(({ storedTime }) => storedTime && timestampDate(storedTime) >= time);
    return next < 0 ? this.#log.events.length : next;
  }
}

function windowOf(asked: number, field: string): number {
  if (asked < 0 || asked > windowMax) throw brokenRule(field, `must be 1 to ${windowMax}`);
  return asked || windowDefault;
}

async function untilChanged(changed: Promise<void>, atMs: number, signal: AbortSignal): Promise<void> {
  const waiting = new AbortController();
  await Promise.race([changed, pause(Math.max(1, atMs - Date.now()), AbortSignal.any([signal, waiting.signal]))]);
  waiting.abort();
}
