import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HarmedHistory, renumber } from './harmed-history.ts';
import { type HistoryEntry, keyOf, openHistory, readHistory } from './history.ts';
import { checkHistory } from './history-checker.ts';
import { simulateHistory } from './simulated-history.ts';

const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);
const histories = new Map(seeds.map((seed) => [seed, simulateHistory(seed)]));
const brokered = new Map(seeds.map((seed) => [seed, simulateHistory(seed, { broker: true })]));
const judge = (entries: readonly HistoryEntry[]) => checkHistory(entries, { acknowledgedCallsMin: 50 });
const checksOf = (entries: readonly HistoryEntry[]) => judge(entries).violations.map(({ check }) => check);

/** Each does to a good history what one kind of fault would, at a place chosen by the seed. */
const faults: Record<string, { readonly caughtAs: string; readonly harm: (history: HarmedHistory) => void }> = {
  'drops an acknowledged event': {
    caughtAs: 'lost',
    harm: (history) => {
      const event = history.acknowledgedEvent();
      history.changeReadings((events) => renumber(events.filter((each) => keyOf(each) !== keyOf(event))));
    },
  },
  'forgets an acknowledged event until it is sent again': {
    caughtAs: 'lost',
    harm: (history) => {
      const { reading, event } = history.readAfterCrash();
      reading.events = reading.events.filter((each) => each !== event);
    },
  },
  'lists an event twice': {
    caughtAs: 'skip or repeat',
    harm: (history) => history.changeFinal((events, at) => events.toSpliced(at + 1, 0, events[at]!)),
  },
  'skips an event on one page': {
    caughtAs: 'skip or repeat',
    harm: (history) => history.changeFinal((events, at) => events.toSpliced(at, 1)),
  },
  'stores an event twice, at two positions': {
    caughtAs: 'moved',
    harm: (history) =>
      history.changeReadings((events, whole) =>
        whole ? [...events, { ...events[0]!, position: events.length + 1 }] : events,
      ),
  },
  'tells two calls that theirs was the first': {
    caughtAs: 'stored twice',
    harm: (history) => (history.outcomeOfKnownFirst().status = 'stored'),
  },
  'swaps the contents of two events': {
    caughtAs: 'content',
    harm: (history) => {
      const [a, b] = [history.acknowledgedEvent(), history.acknowledgedEvent()].map(({ hash }) => hash);
      const other = a === b ? 'something else' : b!;
      history.changeReadings((events) => events.map((each) => (each.hash === a ? { ...each, hash: other } : each)));
    },
  },
  'swaps two events of one request': {
    caughtAs: 'request order',
    harm: (history) => history.swapWithinRequest(),
  },
  'invents an event': {
    caughtAs: 'phantom',
    harm: (history) =>
      history.changeReadings((events, whole) => {
        const phantom = { topic: 'simulated', eventId: 'never-sent', hash: 'of nothing', position: events.length + 1 };
        return whole ? [...events, phantom] : events;
      }),
  },
  'puts a late event before one that was acknowledged': {
    caughtAs: 'real-time order',
    harm: (history) =>
      history.changeReadings((events, whole) => (whole ? renumber([events.at(-1)!, ...events.slice(0, -1)]) : events)),
  },
  'moves an event to another position after a crash': {
    caughtAs: 'moved',
    harm: (history) => {
      const { event } = history.readAfterCrash();
      event.position += 1;
    },
  },
  'answers another position than the one it has': {
    caughtAs: 'moved',
    harm: (history) => (history.outcome('duplicate').position += 1),
  },
  'calls a conflict a repeat': {
    caughtAs: 'content',
    harm: (history) => (history.outcome('conflict').status = 'duplicate'),
  },
  'counts a received event too many': {
    caughtAs: 'counters',
    harm: (history) => (history.lastCounters().received += 1),
  },
  'counts a stored event too many': {
    caughtAs: 'counters',
    harm: (history) => {
      history.lastCounters().received += 1;
      history.lastCounters().stored += 1;
    },
  },
  'forgets a repeat that it has answered': {
    caughtAs: 'counters',
    harm: (history) => {
      const { duplicates } = history.lastCounters();
      history.lastCounters().received -= duplicates;
      history.lastCounters().duplicates = 0;
    },
  },
  'counts more repeats than events were sent': {
    caughtAs: 'counters',
    harm: (history) => {
      history.lastCounters().received += history.eventsSent;
      history.lastCounters().duplicates += history.eventsSent;
    },
  },
  'starts counting at zero after a restart': {
    caughtAs: 'counters',
    harm: (history) =>
      Object.assign(history.countersAfterCrash(), { received: 0, stored: 0, duplicates: 0, conflicts: 0 }),
  },
  'stores half of a transaction': {
    caughtAs: 'torn',
    harm: (history) => history.tearTransaction(),
  },
  'stores what it has refused': {
    caughtAs: 'refused',
    harm: (history) => history.refuseStored(),
  },
  'shows another log over REST': {
    caughtAs: 'interfaces',
    harm: (history) => (history.final('rest').events[0]!.hash = 'another content'),
  },
  'answers long after the deadline': {
    caughtAs: 'deadline',
    harm: (history) => history.answerLate(),
  },
  'leaves an event without an outcome': {
    caughtAs: 'answer',
    harm: (history) => history.unaryAnswers()[0]!.outcomes!.pop(),
  },
  'answers next to nothing': {
    caughtAs: 'vacuous',
    harm: (history) => history.keep((entry) => entry.kind !== 'ack' || entry.atMs < 100),
  },
  'is never read': {
    caughtAs: 'vacuous',
    harm: (history) => history.keep((entry) => entry.kind !== 'read' || entry.through !== 'rest'),
  },
};

const caughtBehindBroker = [
  'drops an acknowledged event',
  'stores an event twice, at two positions',
  'swaps the contents of two events',
  'invents an event',
  'moves an event to another position after a crash',
  'forgets a repeat that it has answered',
  'stores half of a transaction',
  'shows another log over REST',
  'answers long after the deadline',
  'leaves an event without an outcome',
];

describe('the history checker', () => {
  it.each(seeds)('finds nothing wrong with a good history (seed %i)', (seed) => {
    const { violations, counts } = judge(histories.get(seed)!);
    expect(violations).toEqual([]);
    expect(counts.duplicates).toBeGreaterThan(20);
    expect(counts.failedCalls).toBeGreaterThan(5);
  });

  it.each(Object.keys(faults))('catches a server that %s', (name) => {
    const { caughtAs, harm } = faults[name]!;
    for (const seed of seeds) {
      const history = new HarmedHistory(histories.get(seed)!, seed);
      harm(history);
      expect(checksOf(history.entries), `seed ${seed}`).toContain(caughtAs);
    }
  });

  it.each(seeds)('finds nothing wrong with a good history behind a broker (seed %i)', (seed) => {
    const { violations, counts } = judge(brokered.get(seed)!);
    expect(violations).toEqual([]);
    expect(counts).toMatchObject({ accepted: counts.acknowledgedEvents, duplicates: 0 });
    expect(counts.failedCalls).toBeGreaterThan(5);
  });

  it.each(caughtBehindBroker)('catches a server behind a broker that %s', (name) => {
    const { caughtAs, harm } = faults[name]!;
    for (const seed of seeds) {
      const history = new HarmedHistory(brokered.get(seed)!, seed);
      harm(history);
      expect(checksOf(history.entries), `seed ${seed}`).toContain(caughtAs);
    }
  });

  it('does not judge a broker that nobody waited for', () => {
    const unsettled = brokered.get(1)!.filter(({ kind }) => kind !== 'settled');
    expect(checksOf(unsettled)).toContain('vacuous');
  });

  it('reads back what clients wrote, in the order of their clock', () => {
    const folder = mkdtempSync(join(tmpdir(), 'oncelog-history-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const entries = simulateHistory(1);
    const clients = ['a', 'b', 'c'].map((client) => openHistory(folder, client));
    entries.forEach((entry, at) => clients[at % clients.length]!(entry));
    expect(readHistory(folder)).toEqual(entries);
  });
});
