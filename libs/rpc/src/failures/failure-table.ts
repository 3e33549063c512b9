// How each failure shows on the wire, read from the table in the contract itself.
import { getOption } from '@bufbuild/protobuf';
import { type ErrorCode, OncelogError } from '@oncelog/core';
import { ErrorCodeSchema, failure, type FailureMapping } from '@oncelog/protocol';

const prefix = 'ERROR_CODE_';

const table = new Map<string, FailureMapping>(
  ErrorCodeSchema.values.map((value) => [value.name.slice(prefix.length), getOption(value, failure)]),
);

export function failureOf(code: ErrorCode): FailureMapping {
  const mapping = table.get(code);
  if (!mapping) throw new OncelogError('INTERNAL', `the contract has no failure mapping for ${code}`);
  return mapping;
}
