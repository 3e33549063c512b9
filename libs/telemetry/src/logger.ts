// The structured log: one JSON object a line on standard error. Standard output stays free for people and pipes.
import { type Logger, pino } from 'pino';

export type { Logger };

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export function createLogger({ level, name }: { level: LogLevel; name: string }): Logger {
  // Synchronous, so that the last words before an exit are written.
  const destination = pino.destination({ fd: 2, sync: true });
  // Whoever reads the log may leave or run out of space; the process goes on without it.
  destination.on('error', () => {});
  return pino(
    {
      name,
      level,
      base: { name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
