import { create, toBinary } from '@bufbuild/protobuf';
import type { DescMethod } from '@bufbuild/protobuf';
import { ConsumerService, PullRequestSchema, SeekGroupRequestSchema } from '@oncelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawProtocol, rawProtocols } from '../transports/raw-rpc.ts';
import { besiege, type BesiegedAggregator } from './besieged-aggregator.ts';

const { createGroup, pull, acknowledge, reject, extendLease, seekGroup, listDeadLetters, replayDeadLetters } =
  ConsumerService.method;
const group = 'g';

let server: BesiegedAggregator;
let protocols: RawProtocol[];

beforeAll(async () => {
  server = await besiege();
  protocols = rawProtocols(server.process.port);
  expect((await inJson(createGroup, { name: group })).grpcCode).toBe(0);
});

afterAll(async () => {
  for (const { http } of protocols) http.close();
  await server.stop();
});

const inJson = (method: DescMethod, message: object) =>
  protocols.find(({ json }) => json)!.call({ method, message: JSON.stringify(message) });

const deliveries = (deliveryId: string) => ({ group, deliveryIds: [deliveryId] });

describe('a call to a group', () => {
  it.each<[string, DescMethod, object, string, string]>([
    ['a control character in the name', createGroup, { name: 'a\u0001' }, 'RULE_BROKEN', 'name'],
    ['a name of 256 bytes', createGroup, { name: 'é'.repeat(128) }, 'RULE_BROKEN', 'name'],
    ['an unknown field', createGroup, { name: 'x', setings: {} }, 'MALFORMED', 'setings'],
    ['a start and a cursor', createGroup, { name: 'x', after: 'AA', start: 2 }, 'RULE_BROKEN', 'after'],
    ['a start that is none', createGroup, { name: 'x', start: 9 }, 'RULE_BROKEN', 'start'],
    [
      'a negative lease',
      createGroup,
      { name: 'x', settings: { leaseDuration: '-1s' } },
      'RULE_BROKEN',
      'settings.lease_duration',
    ],
    [
      'a lease of 10^12 s',
      createGroup,
      { name: 'x', settings: { leaseDuration: '1000000000000s' } },
      'MALFORMED',
      'settings.lease_duration',
    ],
    [
      'half a million topics',
      createGroup,
      { name: 'x', settings: { filter: { topics: Array(500_000).fill('a') } } },
      'RULE_BROKEN',
      'settings.filter.topics',
    ],
    ['no deliveries', acknowledge, { group }, 'RULE_BROKEN', 'delivery_ids'],
    [
      'half a million deliveries',
      acknowledge,
      { group, deliveryIds: Array(500_000).fill('a') },
      'RULE_BROKEN',
      'delivery_ids',
    ],
    ['a delivery id of 1 MB', acknowledge, deliveries('1'.repeat(1_000_000)), 'RULE_BROKEN', 'delivery_ids[0]'],
    ['a negative delivery id', reject, deliveries('-1.1.1.1'), 'RULE_BROKEN', 'delivery_ids[0]'],
    ['a delivery id in other digits', extendLease, deliveries('١.1.1.1'), 'RULE_BROKEN', 'delivery_ids[0]'],
    ['a delay beyond the bound', reject, { ...deliveries('1.1.1.1'), delay: '43200.001s' }, 'RULE_BROKEN', 'delay'],
    ['a reason with a NUL', reject, { ...deliveries('1.1.1.1'), reason: '\0' }, 'RULE_BROKEN', 'reason'],
    ['a wait beyond the bound', pull, { group, wait: '60.001s' }, 'RULE_BROKEN', 'wait'],
    ['a line end in the member', pull, { group, member: 'a\nb' }, 'RULE_BROKEN', 'member'],
    ['nowhere to go', seekGroup, { group }, 'RULE_BROKEN', 'target'],
    ['a cursor that is none', seekGroup, { group, after: 'A'.repeat(1_000_000) }, 'RULE_BROKEN', 'after'],
    ['a time in year 0', seekGroup, { group, since: '0000-01-01T00:00:00Z' }, 'MALFORMED', 'since'],
    ['a page token that is none', listDeadLetters, { group, pageToken: 'xx' }, 'RULE_BROKEN', 'page_token'],
    [
      'a position past 64 bits',
      replayDeadLetters,
      { group, positions: ['9223372036854775808'] },
      'MALFORMED',
      'positions',
    ],
    [
      'a position past any',
      replayDeadLetters,
      { group, positions: ['9223372036854775807'] },
      'RULE_BROKEN',
      'positions[0]',
    ],
    [
      'half a million positions',
      replayDeadLetters,
      { group, positions: Array(500_000).fill(1) },
      'RULE_BROKEN',
      'positions',
    ],
  ])('is refused with the path of what is wrong: %s', async (_name, method, message, code, field) => {
    const { grpcCode, facts } = await inJson(method, message);
    expect([grpcCode, facts]).toMatchObject([3, { code, field, outcome: 'none' }]);
  });

  it('says that there is no such group', async () => {
    expect(await inJson(pull, { group: 'nope' })).toMatchObject({ grpcCode: 5, facts: { code: 'NOT_FOUND' } });
  });

  it('settles nothing by a delivery id that was never given', async () => {
    for (const method of [acknowledge, reject, extendLease]) {
      expect((await inJson(method, deliveries('999999999999999.1.1.1'))).grpcCode).toBe(0);
    }
  });

  it('keeps names apart that only look the same', async () => {
    for (const name of ['\u00e9', 'e\u0301', '🚀', '__proto__']) {
      expect((await inJson(createGroup, { name, settings: { attemptsMax: name.length } })).grpcCode).toBe(0);
    }
  });

  const packed = (hex: string) => Buffer.concat([Buffer.from('0a0167', 'hex'), Buffer.from(hex, 'hex')]);
  const spanned = (wait: { seconds?: bigint; nanos?: number }) =>
    toBinary(PullRequestSchema, create(PullRequestSchema, { group, wait }));
  const since = (value: { seconds: bigint; nanos: number }) =>
    toBinary(SeekGroupRequestSchema, create(SeekGroupRequestSchema, { group, target: { case: 'since', value } }));

  it.each<[string, DescMethod, Uint8Array, string, string]>([
    ['a packed varint cut short', replayDeadLetters, packed('120180'), 'MALFORMED', 'positions'],
    ['a packed varint without end', replayDeadLetters, packed('120bffffffffffffffffffff01'), 'MALFORMED', 'positions'],
    ['a packed negative number', replayDeadLetters, packed('120affffffffffffffffff01'), 'RULE_BROKEN', 'positions[0]'],
    ['two seconds of nanos', pull, spanned({ nanos: 2_000_000_000 }), 'RULE_BROKEN', 'wait'],
    ['nanos against their seconds', pull, spanned({ seconds: 1n, nanos: -1 }), 'RULE_BROKEN', 'wait'],
    ['the longest span there is', pull, spanned({ seconds: 2n ** 63n - 1n }), 'RULE_BROKEN', 'wait'],
    ['the latest time there is', seekGroup, since({ seconds: 2n ** 63n - 1n, nanos: 0 }), 'RULE_BROKEN', 'since'],
    ['negative nanos', seekGroup, since({ seconds: 5n, nanos: -5 }), 'RULE_BROKEN', 'since'],
  ])('is refused as bytes on every protocol: %s', async (_name, method, message, code, field) => {
    for (const protocol of protocols.filter(({ json }) => !json)) {
      const { grpcCode, facts } = await protocol.call({ method, message });
      expect([protocol.name, grpcCode, facts]).toMatchObject([protocol.name, 3, { code, field, outcome: 'none' }]);
    }
  });
});

describe('afterwards', () => {
  it('the server answers, and logged no fault of its own', async () => {
    expect((await inJson(pull, { group })).grpcCode).toBe(0);
    expect(server.faults()).toEqual([]);
  });
});
