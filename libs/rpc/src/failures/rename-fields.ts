// A refusal in the words of the protocol that carried the request: its fields by the names the client gave them.
import { OncelogError, violated } from '@oncelog/core';

export function renameFields(error: unknown, rename: (field: string) => string): unknown {
  if (!(error instanceof OncelogError)) return error;
  const renamed = error.violations.map((violation) => ({ ...violation, field: rename(violation.field) }));
  const [first, ...more] = renamed;
  if (!first || renamed.every(({ field }, index) => field === error.violations[index]!.field)) return error;
  return violated(error.code, [first, ...more]);
}
