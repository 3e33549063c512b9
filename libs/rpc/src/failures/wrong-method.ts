// A known path asked in the wrong way: the answer names the right ones, in the text and in the Allow header.
import { OncelogError } from '@oncelog/core';

export class WrongMethodError extends OncelogError {
  readonly allowed: readonly string[];

  constructor(method: string, allowed: readonly string[]) {
    const description = `${method} is not allowed here; use ${allowed.join(' or ')}`;
    super('WRONG_METHOD', description, { violations: [{ field: 'method', description, actual: method }] });
    this.allowed = allowed;
  }
}
