// Whether contents of two digests say the same: JSON may be spelled in many ways, and only this side can tell.
import { canonicalDigest, type Content } from '@oncelog/core';
import type { FirstContents } from './first-contents.ts';

/** This thread serves everybody: it looks after the others so often while it parses. */
const sliceMs = 20;

/** Two contents of one key. */
export interface Comparison {
  readonly content: Content;
  /** What was there first: at its position, or not stored yet. */
  readonly first: number | Content;
}

/** In their order. */
export async function compareContents(comparisons: readonly Comparison[], firsts: FirstContents): Promise<boolean[]> {
  const positions = comparisons.map(({ first }) => first).filter((first) => typeof first === 'number');
  const stored = await firsts.canonicalDigests(positions);
  const parsed = new Map<Content, string>();
  const digestOf = (content: Content) => {
    const digest = parsed.get(content) ?? canonicalDigest(content);
    parsed.set(content, digest);
    return digest;
  };
  const answers: boolean[] = [];
  let sliceEndMs = performance.now() + sliceMs;
  for (const { content, first } of comparisons) {
    answers.push(digestOf(content) === (typeof first === 'number' ? stored.get(first) : digestOf(first)));
    if (performance.now() < sliceEndMs) continue;
    await new Promise(setImmediate);
    sliceEndMs = performance.now() + sliceMs;
  }
  return answers;
}
