// Consumer groups and their dead letters for people and for programs.
import { type DeadLetter, type Group, logEntryToJson } from '@oncelog/client';
import type { OutputStream } from './cli-context.ts';
import { printable } from './printable-lines.ts';
import { agoOf } from './relative-time.ts';
import { type Column, printTable } from './table.ts';

type Env = Readonly<Partial<Record<string, string>>>;

const groupColumns: readonly Column[] = [
  { title: 'GROUP', flexible: true },
  { title: 'BACKLOG', alignRight: true },
  { title: 'OUTSTANDING', alignRight: true },
  { title: 'DEAD', alignRight: true },
];

const deadLetterColumns: readonly Column[] = [
  { title: 'POSITION', alignRight: true },
  { title: 'TOPIC', flexible: true },
  { title: 'EVENT ID', flexible: true },
  { title: 'ATTEMPTS', alignRight: true },
  { title: 'REASON', flexible: true },
];

export function groupsTable(groups: readonly Group[], stream: OutputStream, env: Env): string {
  const rows = groups.map(({ name, backlog, outstanding, deadLetters }) => [
    name,
    ...[backlog, outstanding, deadLetters].map((count) => count.toLocaleString('en-US')),
  ]);
  return printTable(stream, groupColumns, rows, env);
}

export function groupDetails(group: Group): string {
  const { topics = [], topicPrefixes = [], sources = [], attributes = {} } = group.filter;
  const fields: [string, string][] = [
    ['group', group.name],
    ['topics', [...topics, ...topicPrefixes.map((prefix) => `${prefix}*`)].join(', ')],
    ['sources', sources.join(', ')],
    [
      'attributes',
      Object.entries(attributes)
        .map(([key, value]) => `${key}=${value}`)
        .join(', '),
    ],
    ['lease', `${group.leaseMs / 1000} s`],
    ['attempts', `at most ${group.attemptsMax}`],
    ['cursor', group.cursor || '(before the first event)'],
    ['backlog', String(group.backlog)],
    ['outstanding', String(group.outstanding)],
    ['dead', String(group.deadLetters)],
    ['created', `${group.createTime.toISOString()} (${agoOf(group.createTime)})`],
  ];
  const told = fields.filter(([, value]) => value !== '');
  return told.map(([name, value]) => `${name.padEnd(13)}${printable(value)}\n`).join('');
}

export function groupJson(group: Group) {
  const { topics, topicPrefixes, sources, attributes } = group.filter;
  return {
    name: group.name,
    filter: { topics, topic_prefixes: topicPrefixes, sources, attributes },
    lease_seconds: group.leaseMs / 1000,
    attempts_max: group.attemptsMax,
    cursor: group.cursor,
    backlog: group.backlog,
    outstanding: group.outstanding,
    dead_letters: group.deadLetters,
    create_time: group.createTime.toISOString(),
  };
}

export function deadLettersTable(
  letters: readonly DeadLetter[],
  stream: OutputStream,
  env: Env,
  withTitles: boolean,
): string {
  const rows = letters.map(({ entry, attempts, reason }) => [
    String(entry.position),
    entry.topic,
    entry.eventId,
    String(attempts),
    reason,
  ]);
  return printTable(stream, deadLetterColumns, rows, env, withTitles);
}

/** The event as everywhere, and beside it why it is dead. */
export function deadLetterJson({ entry, attempts, reason, deadTime }: DeadLetter): string {
  const more = JSON.stringify({ attempts, reason, dead_time: deadTime.toISOString() });
  return printable(withFields(logEntryToJson(entry), more));
}

/** Of two JSON objects one, without parsing: numbers keep the digits they were written with. */
export function withFields(object: string, more: string): string {
  return `${object.slice(0, -1)},${more.slice(1)}`;
}
