// A failure as a message: the status that a failed call ends with, details and all.
import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { type Status, StatusSchema } from '@oncelog/protocol';
import { errorToConnect } from './error-to-connect.ts';

export function statusToProto(error: unknown): Status {
  const { code, rawMessage, details } = errorToConnect(error);
  return create(StatusSchema, {
    code,
    message: rawMessage,
    details: details.flatMap((detail) =>
      'desc' in detail ? [anyPack(detail.desc, create(detail.desc, detail.value))] : [],
    ),
  });
}
