import { create, createFileRegistry, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { type ClientReadableStream, Metadata } from '@grpc/grpc-js';
import {
  BrokerService,
  ConsumerService,
  EventLogService,
  Health,
  HealthCheckResponse_ServingStatus as Status,
  ServerReflection,
} from '@oncelog/protocol';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { codecOf, createGrpcClient, pathOf, unary } from './grpc-js-wire.ts';

const names = [EventLogService, ConsumerService, BrokerService, Health, ServerReflection].map(
  ({ typeName }) => typeName,
);

let aggregator: AggregatorProcess;
let client: ReturnType<typeof createGrpcClient>;

beforeAll(async () => {
  aggregator = await launchAggregator();
  client = createGrpcClient(aggregator.target);
});

afterAll(async () => {
  client.close();
  await aggregator.end('SIGTERM');
});

function watch(grpc = client, service = '') {
  const { watch: method } = Health.method;
  const { serialize, deserialize } = codecOf(method);
  const stream = grpc.makeServerStreamRequest(pathOf(method), serialize, deserialize, { service }, new Metadata(), {
    deadline: Date.now() + 15_000,
  });
  stream.on('error', () => {});
  return stream as ClientReadableStream<MessageShape<typeof method.output>>;
}

describe('health by grpc-js', () => {
  it('is serving: the server and each service', async () => {
    for (const service of ['', ...names]) {
      expect(await unary(client, Health.method.check, { service })).toMatchObject({ status: Status.SERVING });
    }
  });

  it('does not know what is not there', async () => {
    await expect(unary(client, Health.method.check, { service: 'nobody' })).rejects.toMatchObject({
      facts: { grpcCode: 5 },
    });
  });

  it('lists every service', async () => {
    const { statuses } = await unary(client, Health.method.list, {});
    expect(Object.keys(statuses).toSorted()).toEqual(['', ...names].toSorted());
  });

  it('tells a watcher at SIGTERM that it serves no longer, before it is gone', async () => {
    const leaving = await launchAggregator();
    const grpc = createGrpcClient(leaving.target);
    const stream = watch(grpc);
    const told: Status[] = [];
    stream.on('data', ({ status }: { status: Status }) => {
      told.push(status);
      if (status === Status.SERVING) void leaving.end('SIGTERM');
    });
    expect(await leaving.exited).toEqual({ code: 0, signal: null });
    expect(told).toEqual([Status.SERVING, Status.NOT_SERVING]);
    grpc.close();
  });

  it('tells a watcher of an unknown service so, and goes on', async () => {
    const stream = watch(client, 'nobody');
    const [answer] = (await once(stream, 'data')) as [{ status: Status }];
    expect(answer.status).toBe(Status.SERVICE_UNKNOWN);
    stream.cancel();
  });
});

describe('reflection by grpc-js', () => {
  const { serverReflectionInfo } = ServerReflection.method;

  async function ask(messageRequest: MessageShape<typeof serverReflectionInfo.input>['messageRequest']) {
    const { serialize, deserialize } = codecOf(serverReflectionInfo);
    const stream = client.makeBidiStreamRequest(pathOf(serverReflectionInfo), serialize, deserialize, new Metadata(), {
      deadline: Date.now() + 15_000,
    });
    stream.write({ messageRequest });
    const [answer] = (await once(stream, 'data')) as [MessageShape<typeof serverReflectionInfo.output>];
    stream.end();
    return answer.messageResponse;
  }

  function filesIn(response: Awaited<ReturnType<typeof ask>>): FileDescriptorProto[] {
    if (response.case !== 'fileDescriptorResponse') return expect.fail(`it answered ${response.case}`);
    return response.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  }

  it('lists the services', async () => {
    const response = await ask({ case: 'listServices', value: '' });
    expect(response).toMatchObject({
      case: 'listServicesResponse',
      value: { service: names.map((name) => ({ name })) },
    });
  });

  it('describes a service well enough to call it without its .proto files', async () => {
    const files = filesIn(await ask({ case: 'fileContainingSymbol', value: EventLogService.typeName }));
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: importedFirst(files) }));
    const service = registry.getService(EventLogService.typeName);
    expect(service?.methods.map(({ name }) => name)).toEqual(EventLogService.methods.map(({ name }) => name));
    expect(
      await unary(client, service!.method['getStats'] as typeof EventLogService.method.getStats, {}),
    ).toMatchObject({ store: 'memory' });
  });

  it('sends a file by its name', async () => {
    const [file] = filesIn(await ask({ case: 'fileByFilename', value: 'oncelog/v1/event.proto' }));
    expect(file).toMatchObject({ name: 'oncelog/v1/event.proto', package: 'oncelog.v1' });
  });

  it('answers an error for what it does not know', async () => {
    expect(await ask({ case: 'fileContainingSymbol', value: 'no.such.Thing' })).toMatchObject({
      case: 'errorResponse',
      value: { errorCode: 5 },
    });
  });
});

function importedFirst(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const sorted = new Set<FileDescriptorProto>();
  const visit = (file: FileDescriptorProto): void => {
    for (const path of file.dependency) files.filter(({ name }) => name === path).forEach(visit);
    sorted.add(file);
  };
  files.forEach(visit);
  return [...sorted];
}
