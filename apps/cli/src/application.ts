// The command and its subcommands; each loads what it needs when it runs.
import { type Application, buildApplication, buildRouteMap, ExitCode, text_en } from '@stricli/core';
import packageJson from '../package.json' with { type: 'json' };
import type { CliContext } from './cli-context.ts';
import { brokerRoutes } from './commands/broker.ts';
import { checkCommand } from './commands/check.ts';
import { completionCommand } from './commands/completion.ts';
import { consumeCommand } from './commands/consume.ts';
import { copyCommand } from './commands/copy.ts';
import { eventsCommand } from './commands/events.ts';
import { getCommand } from './commands/get.ts';
import { groupsRoutes } from './commands/groups.ts';
import { healthCommand } from './commands/health.ts';
import { publishCommand } from './commands/publish.ts';
import { statsCommand } from './commands/stats.ts';
import { tailCommand } from './commands/tail.ts';
import { exitCodeOfFailure, failureJson, failureText, usageExitCode } from './failure-text.ts';
import { UsageError } from './usage-error.ts';

const description = `Publish at least once, stored exactly once: an event is named by its topic and its
id, and sending it again is always safe.

Exit codes:
  0  stored, already stored with the same content, or queued by a broker; or Ctrl-C
     where it is how a command ends, such as tail
  1  internal fault, or the output could not be written
  2  wrong usage
  3  conflict: the id is taken by an event with other content
  4  refused, or no such event; of check: one is not stored
  5  unreachable or overloaded: the same command may succeed later
  130  interrupted; what was read before is published, or said to be unconfirmed

With --json every failure is one JSON object on a line of stderr.`;

const routes = {
  publish: publishCommand,
  events: eventsCommand,
  get: getCommand,
  check: checkCommand,
  tail: tailCommand,
  consume: consumeCommand,
  groups: groupsRoutes,
  broker: brokerRoutes,
  stats: statsCommand,
  health: healthCommand,
  copy: copyCommand,
  completion: completionCommand,
};

/** For programs every failure is one JSON object on a line of stderr. */
export function createApplication(json: boolean): Application<CliContext> {
  const told = (text: string) => (json ? failureJson : failureText)(new UsageError(text));
  return buildApplication<CliContext>(
    buildRouteMap<string, CliContext>({
      routes,
      docs: { brief: 'The idempotent event log', fullDescription: description },
    }),
    {
      name: 'oncelog',
      versionInfo: { currentVersion: packageJson.version },
      scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
      documentation: { caseStyle: 'convert-camel-to-kebab', onlyRequiredInUsageLine: true, disableAnsiColor: json },
      localization: {
        text: {
          ...text_en,
          exceptionWhileParsingArguments: (failure, color) =>
            told(text_en.exceptionWhileParsingArguments(failure, color)),
          noCommandRegisteredForInput: (unknown) =>
            told(
              unknown.input.startsWith('-')
                ? noCommandText(unknown.input)
                : text_en.noCommandRegisteredForInput(unknown),
            ),
          exceptionWhileRunningCommand: json ? failureJson : failureText,
        },
      },
      determineExitCode: exitCodeOfFailure,
    },
  );
}

function noCommandText(flag: string): string {
  return `${flag} needs a command: oncelog ${Object.keys(routes).join(', ')}; see oncelog --help`;
}

/** The parser's own codes are negative: all but a wrong command line are faults of ours. */
export function exitCodeOf(code: number | string | null | undefined): number {
  if (code === ExitCode.UnknownCommand || code === ExitCode.InvalidArgument) return usageExitCode;
  const number = Number(code ?? 0);
  return number < 0 ? 1 : number;
}
