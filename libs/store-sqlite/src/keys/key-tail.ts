// The keys of the newest events, found in memory: a hash table over columns, so that a hundred thousand keys are eight
import { grown } from '@oncelog/store-sql';
// buffers to the garbage collector and not as many objects.

const keysAtFirst = 1024;
const bytesAtFirst = 32 * 1024;

export class KeyTail {
  /** By hash: the number of the key plus one; 0 is free. At least twice as many as there are keys. */
  #slots = new Int32Array(2 * keysAtFirst);
  #hashes = new Uint32Array(keysAtFirst);
  #topicIds = new Uint32Array(keysAtFirst);
  #ends = new Uint32Array(keysAtFirst);
  #bytes = new Uint8Array(bytesAtFirst);
  #count = 0;
  #longestProbe = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#startOf(this.#count);
  }

  /** How far a key may be from where its hash points; large only when somebody makes keys that share one. */
  get longestProbe(): number {
    return this.#longestProbe;
  }

  /** The number of the key, from 0 in the order added; -1 when it is not here. */
  find(hash: number, topicId: number, eventId: Uint8Array): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot]! - 1;
      if (number < 0) return -1;
      if (this.#hashes[number] === hash && this.#topicIds[number] === topicId && this.#holds(number, eventId)) {
        return number;
      }
    }
  }

  /** Of a key that is not here. */
  add(hash: number, topicId: number, eventId: Uint8Array): void {
    const number = this.#count;
    if (number === this.#hashes.length) this.#grow();
    const start = this.#startOf(number);
    const end = start + eventId.length;
    if (end > this.#bytes.length) this.#bytes = grown(this.#bytes, end);
    this.#bytes.set(eventId, start);
    this.#hashes[number] = hash;
    this.#topicIds[number] = topicId;
    this.#ends[number] = end;
    this.#count = number + 1;
    this.#place(number);
  }

  hashOf(number: number): number {
    return this.#hashes[number]!;
  }

  /** Forgets all but the first keys. */
  truncate(count: number): void {
    this.#count = count;
    this.#longestProbe = 0;
    this.#slots.fill(0);
    for (let number = 0; number < count; number += 1) this.#place(number);
  }

  #place(number: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes[number]! & mask;
    let probe = 0;
    for (; this.#slots[slot] !== 0; probe += 1) slot = (slot + 1) & mask;
    this.#slots[slot] = number + 1;
    if (probe > this.#longestProbe) this.#longestProbe = probe;
  }

  #startOf(number: number): number {
    return number === 0 ? 0 : this.#ends[number - 1]!;
  }

  #holds(number: number, eventId: Uint8Array): boolean {
    const start = this.#startOf(number);
    if (this.#ends[number]! - start !== eventId.length) return false;
    for (let at = 0; at < eventId.length; at += 1) if (this.#bytes[start + at] !== eventId[at]) return false;
    return true;
  }

  #grow(): void {
    this.#hashes = grown(this.#hashes);
    this.#topicIds = grown(this.#topicIds);
    this.#ends = grown(this.#ends);
    this.#slots = new Int32Array(2 * this.#hashes.length);
    this.truncate(this.#count);
  }
}
