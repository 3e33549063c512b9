// grpc.reflection.v1: lets grpcurl and its like work without the .proto files.
import { type DescFile, type DescService, createRegistry, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Code, type ServiceImpl } from '@connectrpc/connect';
import type { ServerReflection } from '@oncelog/protocol';

/** `details` are the files of what no method names but errors carry. */
export function reflectionRoutes(
  services: readonly DescService[],
  details: readonly DescFile[],
): ServiceImpl<typeof ServerReflection> {
  const files = withDependencies([...services.map(({ file }) => file), ...details]);
  const byName = new Map(files.map((file) => [`${file.name}.proto`, file]));
  const registry = createRegistry(...files);

  const fileOfSymbol = (symbol: string): DescFile | undefined => {
    const type = registry.get(symbol);
    if (type) return type.file;
    // A method, a field or an enum value: its parent is the type that is registered.
    const parentEnd = symbol.lastIndexOf('.');
    return parentEnd < 0 ? undefined : registry.get(symbol.slice(0, parentEnd))?.file;
  };
  const describe = (file: DescFile | undefined, asked: string) => {
    if (!file) return failure(Code.NotFound, `"${asked}" is not known here`);
    const fileDescriptorProto = withDependencies([file]).map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
    return { case: 'fileDescriptorResponse' as const, value: { fileDescriptorProto } };
  };

  return {
    async *serverReflectionInfo(requests) {
      for await (const originalRequest of requests) {
        const asked = originalRequest.messageRequest;
        const answer = () => {
          if (asked.case === 'listServices') {
            const service = services.map(({ typeName }) => ({ name: typeName }));
            return { case: 'listServicesResponse' as const, value: { service } };
          }
          if (asked.case === 'fileByFilename') return describe(byName.get(asked.value), asked.value);
          if (asked.case === 'fileContainingSymbol') return describe(fileOfSymbol(asked.value), asked.value);
          if (asked.case === 'fileContainingExtension') {
            const { containingType, extensionNumber } = asked.value;
            const extension = files
              .flatMap((file) => file.extensions)
              .find(({ extendee, number }) => extendee.typeName === containingType && number === extensionNumber);
            return describe(extension?.file, `${containingType} extension ${extensionNumber}`);
          }
          return failure(Code.Unimplemented, `${asked.case ?? 'an empty request'} is not served here`);
        };
        yield { validHost: originalRequest.host, originalRequest, messageResponse: answer() };
      }
    },
  };
}

function failure(errorCode: Code, errorMessage: string) {
  return { case: 'errorResponse' as const, value: { errorCode, errorMessage } };
}

function withDependencies(roots: readonly DescFile[]): DescFile[] {
  const seen = new Set<DescFile>();
  const visit = (file: DescFile): void => {
    if (seen.has(file)) return;
    seen.add(file);
    file.dependencies.forEach(visit);
  };
  roots.forEach(visit);
  return [...seen];
}
