// A number that stands for a key: MurmurHash3 in 32 bits. Keys that share it are told apart by their bytes.

export function hashKey(topicId: number, eventId: Uint8Array): number {
  const { length } = eventId;
  const wordsEnd = length - (length % 4);
  let hash = Math.imul(topicId, 0x9e3779b1);
  for (let at = 0; at < wordsEnd; at += 4) {
    const word = eventId[at]! | (eventId[at + 1]! << 8) | (eventId[at + 2]! << 16) | (eventId[at + 3]! << 24);
    hash ^= scramble(word);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let at = wordsEnd; at < length; at += 1) rest = (rest << 8) | eventId[at]!;
  return mix(hash ^ scramble(rest) ^ length);
}

function scramble(word: number): number {
  const product = Math.imul(word, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}

/** Spreads each bit over all of them. */
export function mix(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}
