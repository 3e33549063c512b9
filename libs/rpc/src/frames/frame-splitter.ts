// Cuts a body into the frames of gRPC, wherever the network cuts it, and refuses what is no such body.
import { type OncelogError, violated } from '@oncelog/core';
import { bodyTooLarge } from '../bounded-gunzip.ts';

export const frameHeaderBytes = 5;
const flagCompressed = 1;

const nothing = Buffer.alloc(0);

export interface FrameRules {
  /** The largest message, as its frame announces it. */
  readonly bytesMax: number;
  /** Exactly one message is asked for. */
  readonly unary: boolean;
  /** The headers say how compressed frames are to be read. */
  readonly compression: boolean;
}

export class FrameSplitter {
  readonly #rules: FrameRules;
  #chunk: Buffer = nothing;
  #at = 0;
  /** What came after the chunk, while a frame that began in it is not whole. */
  #later: Uint8Array[] = [];
  #laterBytes = 0;
  /** Of the frame that has begun, header included; 0 before its length is known. */
  #frameBytes = 0;
  #frames = 0;

  constructor(rules: FrameRules) {
    this.#rules = rules;
  }

  add(chunk: Uint8Array): void {
    if (this.#at === this.#chunk.length) {
      this.#chunk = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      this.#at = 0;
    } else {
      this.#later.push(chunk);
      this.#laterBytes += chunk.length;
    }
  }

  /**
   * The next whole frame, header included; throws as soon as one is known to be wrong. A frame inside one chunk is not
   * copied, a large one is joined once at its end.
   */
  next(): Buffer | undefined {
    const bytes = this.#chunk.length - this.#at + this.#laterBytes;
    if (this.#frameBytes === 0) {
      if (bytes < frameHeaderBytes) return undefined;
      this.#join(frameHeaderBytes);
      this.#frameBytes = frameHeaderBytes + this.#messageBytes();
    }
    if (bytes < this.#frameBytes) return undefined;
    this.#join(this.#frameBytes);
    const frame = this.#chunk.subarray(this.#at, this.#at + this.#frameBytes);
    this.#at += this.#frameBytes;
    this.#frameBytes = 0;
    this.#frames += 1;
    if (this.#rules.unary && this.#frames > 1) throw malformed('holds more than one message for a unary method');
    if (isCompressed(frame) && !this.#rules.compression) {
      throw malformed('has a compressed frame, but names no encoding for it');
    }
    return frame;
  }

  /** No more chunks come. */
  end(): void {
    if (this.#at < this.#chunk.length) throw malformed('is cut short inside a frame');
    if (this.#rules.unary && this.#frames === 0) throw malformed('holds no message');
  }

  #join(bytes: number): void {
    if (this.#chunk.length - this.#at >= bytes) return;
    this.#chunk = Buffer.concat([this.#chunk.subarray(this.#at), ...this.#later]);
    this.#at = 0;
    this.#later = [];
    this.#laterBytes = 0;
  }

  #messageBytes(): number {
    const [chunk, at, { bytesMax }] = [this.#chunk, this.#at, this.#rules];
    const flags = chunk[at]!;
    if (flags > flagCompressed) throw malformed(`has a frame with flags ${flags}, which no request uses`);
    const length = ((chunk[at + 1]! << 24) | (chunk[at + 2]! << 16) | (chunk[at + 3]! << 8) | chunk[at + 4]!) >>> 0;
    if (length > bytesMax) throw bodyTooLarge(bytesMax, length);
    return length;
  }
}

export function isCompressed(frame: Uint8Array): boolean {
  return frame[0] === flagCompressed;
}

function malformed(description: string): OncelogError {
  return violated('MALFORMED', [{ field: 'request', description }]);
}
