// Whether a Redis keeps what it has answered for: its settings, read before anything is entrusted to it.
import { OncelogError, type Violation } from '@oncelog/core';
import { isReply } from './redis-failures.ts';

/** What a setting must be, and what a Redis with any other would lose. */
interface Rule {
  readonly setting: string;
  readonly wanted: string;
  readonly lost: string;
}

const rules: readonly Rule[] = [
  { setting: 'appendonly', wanted: 'yes', lost: 'all events it holds, when Redis ends' },
  { setting: 'appendfsync', wanted: 'always', lost: 'events of a second or more, when its machine fails' },
  {
    setting: 'no-appendfsync-on-rewrite',
    wanted: 'no',
    lost: 'events of as long as a rewrite of its file takes, when its machine fails',
  },
  {
    setting: 'maxmemory-policy',
    wanted: 'noeviction',
    lost: 'events that nobody has stored yet, when memory is short',
  },
];

const unknownSettings = 'unknown-settings';

/** The names of risks that may be taken. */
export const allowedRisks: readonly string[] = [...rules.map(({ setting }) => setting), unknownSettings];

/** Sends one command and resolves with its reply, as text. */
export type Ask = (...command: string[]) => Promise<unknown>;

/** Undefined when the server may be entrusted with events; a failure that says why not otherwise. */
export async function settingsRefusal(ask: Ask, allow: ReadonlySet<string>): Promise<OncelogError | undefined> {
  const violations: Violation[] = [];
  const info = fieldsOf(`${String(await ask('INFO', 'replication'))}\n${String(await ask('INFO', 'persistence'))}`);
  if (info.get('role') !== 'master') {
    const description = 'is a replica, which loses what it is given; name its primary';
    violations.push({ field: 'broker.role', description, actual: info.get('role') ?? '' });
  }
  const written = info.get('aof_last_write_status') ?? 'ok';
  if (written !== 'ok') {
    const description = 'could not write its append-only file the last time it tried; look at its disk and its log';
    violations.push({ field: 'broker.aof_last_write_status', description, actual: written });
  }
  try {
    for (const rule of rules) {
      if (allow.has(rule.setting)) continue;
      const value = settingOf(await ask('CONFIG', 'GET', rule.setting));
      if (value !== rule.wanted) violations.push(ruleViolation(rule, value));
      // Without the file, how it is flushed is nothing to speak of.
      if (rule.setting === 'appendonly' && value !== rule.wanted) break;
    }
  } catch (error) {
    if (!isReply(error)) throw error;
    if (!allow.has(unknownSettings)) violations.push(unknownViolation());
  }
  const [first] = violations;
  if (first === undefined) return undefined;
  const message = violations.map(({ description }) => description).join('; ');
  return new OncelogError('RULE_BROKEN', `this Redis ${message}`, { violations });
}

function ruleViolation({ setting, wanted, lost }: Rule, value: string): Violation {
  const description =
    `has ${setting} ${value || '(none)'}, which must be ${wanted}: it would lose ${lost}. ` +
    `Set it, or take the risk with --broker-allow ${setting}`;
  return { field: `broker.${setting}`, description, actual: value };
}

function unknownViolation(): Violation {
  const description =
    'does not tell its settings (CONFIG is forbidden): it may lose events that it has accepted. Have appendonly yes, ' +
    `appendfsync always and maxmemory-policy noeviction set, then say so with --broker-allow ${unknownSettings}`;
  return { field: `broker.${unknownSettings}`, description };
}

function fieldsOf(info: string): ReadonlyMap<string, string> {
  return new Map(info.split(/\r?\n/).map((line) => line.split(':', 2) as [string, string]));
}

/** CONFIG GET answers name and value, and nothing for a setting that it does not have. */
function settingOf(reply: unknown): string {
  return Array.isArray(reply) && reply.length === 2 ? String(reply[1]) : '';
}
