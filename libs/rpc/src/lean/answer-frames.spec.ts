import { create, toBinary } from '@bufbuild/protobuf';
import { OncelogError, type Outcome, summarize } from '@oncelog/core';
import { createSeededRandom } from '@oncelog/core/testing';
import { PublishResponseSchema, PublishSessionResponseSchema, PublishStreamResponseSchema } from '@oncelog/protocol';
import { expect, it } from 'vitest';
import { outcomeToProto, summaryToProto } from '../connect/outcome-to-proto.ts';
import { sessionAnswerToProto } from '../connect/publish-session-route.ts';
import type { SessionAnswer } from '../handlers/session-publisher.ts';
import { publishAnswer, publishStreamAnswer, sessionAnswers } from './answer-frames.ts';

const random = createSeededRandom(1);
const numbers = [1, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 35, Number.MAX_SAFE_INTEGER];

function randomOutcomes(): Outcome[] {
  return Array.from({ length: random.pick([0, 1, 2, 300]) }, () => ({
    status: random.pick(['stored', 'duplicate', 'conflict', 'accepted'] as const),
    position: random.chance(0.5) ? random.pick(numbers) : 1 + random.below(2 ** 40),
    storedTimeMs: random.pick([0, 1, 999, 1000, 1_700_000_000_123, 253_402_300_799_999]),
  }));
}

function frameOf(message: Uint8Array): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

it('answers a publish with the very bytes of its message', () => {
  for (let round = 0; round < 1000; round += 1) {
    const outcomes = randomOutcomes();
    const summary = summarize(outcomes);
    const answer = { outcomes: outcomes.map(outcomeToProto), summary: summaryToProto(summary) };
    const expected = toBinary(PublishResponseSchema, create(PublishResponseSchema, answer));
    expect(publishAnswer(outcomes, summary)).toEqual(frameOf(expected));
  }
});

it('answers a stream with the very bytes of its message', () => {
  for (let round = 0; round < 1000; round += 1) {
    const summary = summarize(randomOutcomes());
    const answer = create(PublishStreamResponseSchema, { summary: summaryToProto(summary) });
    expect(publishStreamAnswer(summary)).toEqual(frameOf(toBinary(PublishStreamResponseSchema, answer)));
  }
});

it('answers messages of a session with the very bytes of theirs, one after another', () => {
  const failure = new OncelogError('RULE_BROKEN', 'no', { violations: [{ field: 'events', description: 'no' }] });
  for (let round = 0; round < 1000; round += 1) {
    const answers = Array.from({ length: 1 + random.below(5) }, (): SessionAnswer => {
      const window = random.chance(0.3) ? { windowEvents: random.pick([1000, 16_000]) } : {};
      return random.pick([{ windowEvents: 16_000 }, { failure, ...window }, { outcomes: randomOutcomes(), ...window }]);
    });
    const expected = answers.map((answer) =>
      frameOf(toBinary(PublishSessionResponseSchema, sessionAnswerToProto(answer))),
    );
    expect(sessionAnswers(answers)).toEqual(Buffer.concat(expected));
  }
});
