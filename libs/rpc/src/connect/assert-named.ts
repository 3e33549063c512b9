// Numbers of an enum that the contract does not name.
import type { DescEnum } from '@bufbuild/protobuf';
import { violated } from '@oncelog/core';

/** They may be a later version's: they are refused, and not taken for the default. */
export function assertNamed({ values }: DescEnum, value: number, field: string): void {
  if (values.some(({ number }) => number === value)) return;
  const description = `must be one of ${values.map(({ name }) => name).join(', ')}, is ${value}`;
  throw violated('RULE_BROKEN', [{ field, description, actual: value }]);
}
