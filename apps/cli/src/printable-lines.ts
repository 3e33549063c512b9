// What comes from others, made fit for a terminal.
import { printable } from '@oncelog/client/printable-text';

export { printable };

/** Line by line, for text of our own that quotes others. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
