// The contents of stored events, for those who compare with them, and what is known of the erased ones.
import { canonicalDigest, type Content } from '@oncelog/core';
import { missingEvent } from '@oncelog/store-sql';
import type { NativeDatabase } from './open-database.ts';
import { prepare } from './prepared.ts';

interface ContentRow {
  readonly content_type: string | null;
  readonly content: Buffer;
}

export class StoredContents {
  readonly #selectContent;
  readonly #selectErased;

  constructor(native: NativeDatabase) {
    this.#selectContent = prepare<[position: number], ContentRow>(
      native,
      'select content_type, content from event where position = ?',
    );
    this.#selectErased = prepare<[position: number], { readonly canonical_digest: Buffer }>(
      native,
      'select canonical_digest from erased_event where position = ?',
    );
  }

  /** Undefined when nothing is stored there, or no longer. */
  at(position: number): Content | undefined {
    const row = this.#selectContent.get(position);
    if (row === undefined) return undefined;
    const { content: bytes, content_type: contentType } = row;
    return contentType === null ? { bytes } : { bytes, contentType };
  }

  canonicalDigestAt(position: number): string {
    const content = this.at(position);
    if (content) return canonicalDigest(content);
    const erased = this.#selectErased.get(position);
    if (erased === undefined) throw missingEvent(position);
    return erased.canonical_digest.toString('hex');
  }
}
