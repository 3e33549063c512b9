// The structured log: one JSON object a line on standard error. Standard output stays free for people and pipes.
import { type Logger, pino } from 'pino';

export type { Logger };

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export function createLogger({ level, name }: { level: LogLevel; name: string }): Logger {
  return pino(
    {
      name,
      level,
      base: { name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Synchronous, so that the last words before an exit are written.
    pino.destination({ fd: 2, sync: true }),
  );
}
