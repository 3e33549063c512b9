// What the demo tells, line by line with the time; colours on a terminal only.
import { styleText } from 'node:util';

export interface Story {
  title(text: string): void;
  /** Something that happened just now. */
  moment(text: string): void;
  figure(name: string, count: number, meaning: string): void;
  /** The last line. */
  verdict(text: string, good: boolean): void;
}

export function createStory(stream: NodeJS.WriteStream): Story {
  const startMs = performance.now();
  const style = (format: Parameters<typeof styleText>[0], text: string) => styleText(format, text, { stream });
  const write = (line: string) => stream.write(`${line}\n`);
  return {
    title: (text) => write(`${style('bold', text)}\n`),
    moment(text) {
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1).padStart(4);
      write(`${style('dim', `${seconds} s`)}  ${text}`);
    },
    figure: (name, count, meaning) =>
      write(`  ${name.padEnd(8)} ${grouped(count).padStart(7)}  ${style('dim', meaning)}`),
    verdict: (text, good) => write(`\n${style(['bold', good ? 'green' : 'red'], text)}`),
  };
}

export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
