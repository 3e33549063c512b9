// How a failure shows on each protocol, read from the descriptors of the contract: there is no second table.
import { getOption } from '@bufbuild/protobuf';
import { type ErrorCode, ErrorCodeSchema, failure, type FailureMapping } from '@oncelog/protocol';

/** The codes of the contract, without their prefix: "QUEUE_FULL". */
export type FailureCode = keyof typeof ErrorCode;

const prefix = 'ERROR_CODE_';

export const failureTable: ReadonlyMap<FailureCode, FailureMapping> = new Map(
  ErrorCodeSchema.values.map((value) => [value.name.slice(prefix.length) as FailureCode, getOption(value, failure)]),
);

export function failureOf(code: FailureCode): FailureMapping {
  return failureTable.get(code)!;
}

export function isFailureCode(name: string): name is FailureCode {
  return failureTable.has(name as FailureCode);
}

/** For an answer that names no code of the contract: the first of the table with the same status. */
export function codeOfStatus(kind: 'grpcCode' | 'restStatus', status: number): FailureCode {
  for (const [code, mapping] of failureTable) {
    if (code !== 'UNSPECIFIED' && mapping[kind] === status) return code;
  }
  return 'UNSPECIFIED';
}
