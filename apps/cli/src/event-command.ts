// Runs a command of the user's for one event: the event as JSON on its stdin, its success is its exit code.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Delivery, logEntryToJson } from '@oncelog/client';
import { type CliContext, type OutputStream, write } from './cli-context.ts';

export interface CommandEnd {
  readonly succeeded: boolean;
  /** "exit code 1" or "killed by SIGTERM". */
  readonly text: string;
}

export async function runForEvent(context: CliContext, command: string, delivery: Delivery): Promise<CommandEnd> {
  const { entry, attempt } = delivery;
  const child = spawn(command, {
    shell: true,
    env: {
      ...context.env,
      ONCELOG_TOPIC: entry.topic,
      ONCELOG_EVENT_ID: entry.eventId,
      ONCELOG_POSITION: String(entry.position),
      ONCELOG_ATTEMPT: String(attempt),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  // A command need not read its event.
  child.stdin.on('error', () => {}).end(`${logEntryToJson(entry)}\n`);
  const { stdout, stderr } = context.process;
  const [[code, signal]] = await Promise.all([ended, passOn(child.stdout, stdout), passOn(child.stderr, stderr)]);
  return { succeeded: code === 0, text: signal === null ? `exit code ${code}` : `killed by ${signal}` };
}

async function passOn(from: NodeJS.ReadableStream, to: OutputStream): Promise<void> {
  for await (const text of from.setEncoding('utf8') as AsyncIterable<string>) await write(to, text);
}
