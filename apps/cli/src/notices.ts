// What is said beside the results, on stderr: a line for people, or one JSON object for programs.
import { type CliContext, write } from './cli-context.ts';
import { printable } from './printable-lines.ts';

export type Say = (text: string, fields?: Readonly<Record<string, string | number>>) => Promise<void>;

/** `fields` are for programs: what people read in the text. */
export function sayTo({ process: { stderr } }: CliContext, json: boolean): Say {
  return (text, fields) => write(stderr, `${printable(json ? JSON.stringify({ notice: text, ...fields }) : text)}\n`);
}
