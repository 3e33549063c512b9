// Flags such as --attribute key=value.
import { UsageError } from './usage-error.ts';

export function attributesOf(pairs: readonly string[]): Record<string, string> {
  const attributes = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`--attribute must be key=value, is "${pair}"`);
    const key = pair.slice(0, at);
    if (attributes.has(key)) throw new UsageError(`--attribute ${key} is given twice: an event has one value for it`);
    attributes.set(key, pair.slice(at + 1));
  }
  return Object.fromEntries(attributes);
}
