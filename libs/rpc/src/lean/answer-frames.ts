// The two answers to a publish as frames of gRPC, written field by field.
import type { Outcome, PublishSummary } from '@oncelog/core';
import { OutcomeStatus } from '@oncelog/protocol';
import { frameHeaderBytes } from '../frames/frame-splitter.ts';

const statusOf = {
  stored: OutcomeStatus.STORED,
  duplicate: OutcomeStatus.DUPLICATE,
  conflict: OutcomeStatus.CONFLICT,
} satisfies Record<Outcome['status'], OutcomeStatus>;

/** Status, position and time in their messages; a number of JavaScript takes eight bytes at most. */
const outcomeBytesMax = 2 + 2 + 9 + 2 + 9 + 6;
const summaryBytesMax = 2 + 6 * 9;

/** For one outcome this takes 0.15 µs, for 500 of them 21; building messages to encode takes 1.9 and 117. */
export function publishAnswer(outcomes: readonly Outcome[], summary: PublishSummary): Buffer {
  const writer = new FrameWriter(outcomes.length * outcomeBytesMax + summaryBytesMax);
  for (const outcome of outcomes) writeOutcome(writer, outcome);
  writeSummary(writer, 2, summary);
  return writer.frame();
}

export function publishStreamAnswer(summary: PublishSummary): Buffer {
  const writer = new FrameWriter(summaryBytesMax);
  writeSummary(writer, 1, summary);
  return writer.frame();
}

function writeOutcome(writer: FrameWriter, { status, position, storedTimeMs }: Outcome): void {
  const outcome = writer.begin(1);
  writer.number(1, statusOf[status]);
  writer.number(2, position);
  if (status !== 'stored') {
    const time = writer.begin(3);
    const seconds = Math.floor(storedTimeMs / 1000);
    writer.number(1, seconds);
    writer.number(2, (storedTimeMs - seconds * 1000) * 1_000_000);
    writer.end(time);
  }
  writer.end(outcome);
}

function writeSummary(writer: FrameWriter, field: number, summary: PublishSummary): void {
  const begun = writer.begin(field);
  writer.number(1, summary.received);
  writer.number(2, summary.stored);
  writer.number(3, summary.duplicates);
  writer.number(4, summary.conflicts);
  writer.number(5, summary.firstPosition);
  writer.number(6, summary.lastPosition);
  writer.end(begun);
}

class FrameWriter {
  readonly #bytes: Buffer;
  #at = frameHeaderBytes;

  constructor(messageBytesMax: number) {
    this.#bytes = Buffer.allocUnsafe(frameHeaderBytes + messageBytesMax);
  }

  /** A message inside; all of these are shorter than 128 bytes, so that their length is one byte. */
  begin(field: number): number {
    this.#bytes[this.#at] = (field << 3) | 2;
    this.#at += 2;
    return this.#at;
  }

  end(begun: number): void {
    this.#bytes[begun - 1] = this.#at - begun;
  }

  /** A whole number from 0; proto3 leaves zeros out. */
  number(field: number, value: number): void {
    if (value === 0) return;
    this.#byte(field << 3);
    let rest = value;
    // Bit operations would cut a number at 32 bits.
    for (; rest >= 2 ** 31; rest = Math.floor(rest / 128)) this.#byte((rest % 128) | 0x80);
    for (; rest >= 0x80; rest >>>= 7) this.#byte((rest & 0x7f) | 0x80);
    this.#byte(rest);
  }

  frame(): Buffer {
    this.#bytes[0] = 0;
    this.#bytes.writeUInt32BE(this.#at - frameHeaderBytes, 1);
    return this.#bytes.subarray(0, this.#at);
  }

  #byte(value: number): void {
    this.#bytes[this.#at] = value;
    this.#at += 1;
  }
}
