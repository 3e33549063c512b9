import { create, createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Code, createClient, createRouterTransport } from '@connectrpc/connect';
import { createWritableIterable } from '@connectrpc/connect/protocol';
import {
  EventLogService,
  Health,
  HealthCheckResponse_ServingStatus as Status,
  ServerReflection,
  ErrorCodeSchema,
  ErrorInfoSchema,
} from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { createServiceState } from '../handlers/service-state.ts';
import { healthRoutes } from './health.ts';
import { reflectionRoutes } from './reflection.ts';

const services = [EventLogService, Health, ServerReflection];

function healthOf(ready = true) {
  const state = createServiceState({ version: '1' });
  state.ready = ready;
  const transport = createRouterTransport(({ service }) => service(Health, healthRoutes(state, services)));
  return { state, client: createClient(Health, transport) };
}

describe('health', () => {
  it('serves the whole server and each service by name', async () => {
    const { client, state } = healthOf();
    for (const service of ['', ...services.map(({ typeName }) => typeName)]) {
      expect(await client.check({ service })).toMatchObject({ status: Status.SERVING });
    }
    state.ready = false;
    expect(await client.check({})).toMatchObject({ status: Status.NOT_SERVING });
  });

  it('does not know other services', async () => {
    await expect(healthOf().client.check({ service: 'oncelog.v2.Nothing' })).rejects.toMatchObject({
      code: Code.NotFound,
    });
  });

  it('lists every service', async () => {
    const { statuses } = await healthOf(false).client.list({});
    expect(Object.keys(statuses).toSorted()).toEqual(['', ...services.map(({ typeName }) => typeName)].toSorted());
    expect(Object.values(statuses).every(({ status }) => status === Status.NOT_SERVING)).toBe(true);
  });

  it('tells a watcher at once, and again only of a change', async () => {
    const { client, state } = healthOf();
    const seen: Status[] = [];
    for await (const { status } of client.watch({})) {
      seen.push(status);
      if (seen.length === 2) break;
      state.ready = false;
    }
    expect(seen).toEqual([Status.SERVING, Status.NOT_SERVING]);
  });

  it('tells a watcher of an unknown service so', async () => {
    for await (const { status } of healthOf().client.watch({ service: 'nothing' })) {
      expect(status).toBe(Status.SERVICE_UNKNOWN);
      break;
    }
  });
});

type Ask = Parameters<typeof create<typeof ServerReflection.method.serverReflectionInfo.input>>[1];

async function reflect(...asked: Ask[]) {
  const client = createClient(
    ServerReflection,
    createRouterTransport(({ service }) =>
      service(ServerReflection, reflectionRoutes(services, [ErrorCodeSchema.file, ErrorInfoSchema.file])),
    ),
  );
  const requests = createWritableIterable<Ask>();
  const answers: unknown[] = [];
  const writing = (async () => {
    for (const ask of asked) await requests.write(ask);
    requests.close();
  })();
  for await (const { messageResponse } of client.serverReflectionInfo(requests as never)) answers.push(messageResponse);
  await writing;
  return answers as { case: string; value: Record<string, unknown> }[];
}

function filesOf(answer: { case: string; value: Record<string, unknown> }) {
  expect(answer.case).toBe('fileDescriptorResponse');
  return (answer.value['fileDescriptorProto'] as Uint8Array[]).map((bytes) =>
    fromBinary(FileDescriptorProtoSchema, bytes),
  );
}

/** Every file after those it imports; one that is imported and not there fails the registry. */
function importedFirst(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const sorted = new Set<FileDescriptorProto>();
  const visit = (file: FileDescriptorProto): void => {
    for (const path of file.dependency) files.filter(({ name }) => name === path).forEach(visit);
    sorted.add(file);
  };
  files.forEach(visit);
  return [...sorted];
}

const symbol = (value: string): Ask => ({ messageRequest: { case: 'fileContainingSymbol', value } });
const filename = (value: string): Ask => ({ messageRequest: { case: 'fileByFilename', value } });

describe('reflection', () => {
  it('lists the services', async () => {
    const [answer] = await reflect({ messageRequest: { case: 'listServices', value: '' } });
    expect(answer).toMatchObject({
      case: 'listServicesResponse',
      value: { service: services.map(({ typeName }) => ({ name: typeName })) },
    });
  });

  it.each([
    'oncelog.v1.EventLogService',
    'oncelog.v1.EventLogService.Publish',
    'oncelog.v1.Event',
    'oncelog.v1.Event.topic',
    'google.protobuf.Struct',
    'oncelog.v1.ErrorCode',
    'google.rpc.ErrorInfo',
  ])('sends the file of %s with all it depends on', async (name) => {
    const [answer] = await reflect(symbol(name));
    const files = filesOf(answer!);
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: importedFirst(files) }));
    const parent = name.slice(0, name.lastIndexOf('.'));
    expect(registry.get(name) ?? registry.get(parent)).toBeDefined();
  });

  it('sends a file by its name, and what it imports beside it', async () => {
    const [answer] = await reflect(filename('oncelog/v1/event_log_service.proto'));
    const names = filesOf(answer!).map(({ name }) => name);
    expect(names).toContain('oncelog/v1/event.proto');
    expect(names).toContain('google/protobuf/struct.proto');
  });

  it('answers one after another, and unknown ones with an error each', async () => {
    const answers = await reflect(
      symbol('oncelog.v1.Nothing'),
      filename('nothing.proto'),
      symbol('nothing'),
      { messageRequest: { case: undefined } },
      symbol('oncelog.v1.Event'),
    );
    expect(answers.map((answer) => answer.case)).toEqual([
      'errorResponse',
      'errorResponse',
      'errorResponse',
      'errorResponse',
      'fileDescriptorResponse',
    ]);
    expect(answers.slice(0, 4).map(({ value }) => value['errorCode'])).toEqual([
      Code.NotFound,
      Code.NotFound,
      Code.NotFound,
      Code.Unimplemented,
    ]);
  });
});
