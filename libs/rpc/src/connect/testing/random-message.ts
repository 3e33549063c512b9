// Messages of any type for tests, with values at their edges.
import { create, type DescMessage } from '@bufbuild/protobuf';
import { StructSchema, ValueSchema } from '@bufbuild/protobuf/wkt';
import type { SeededRandom } from '@oncelog/core/testing';

/** Every field may be there. */
export function randomMessage(desc: DescMessage, random: SeededRandom, depth: number) {
  const init: Record<string, unknown> = {};
  if (desc === StructSchema || desc === ValueSchema) return create(desc, randomStructOrValue(desc, random));
  for (const field of desc.fields) {
    if (depth > 3 || random.chance(0.3)) continue;
    const one = () => {
      if (field.message === StructSchema) return randomJson(random);
      if (field.message) return randomMessage(field.message, random, depth + 1);
      if (field.enum) return random.below(3);
      return randomScalar(field.scalar!, random);
    };
    let value: unknown;
    if (field.fieldKind === 'list') value = Array.from({ length: random.below(4) }, one);
    else if (field.fieldKind === 'map')
      value = Object.fromEntries(Array.from({ length: random.below(4) }, () => [randomText(random), one()]));
    else value = one();
    if (field.oneof) init[field.oneof.localName] = { case: field.localName, value };
    else init[field.localName] = value;
  }
  return create(desc, init);
}

function randomStructOrValue(desc: DescMessage, random: SeededRandom) {
  return desc === StructSchema ? { fields: {} } : { kind: { case: 'numberValue' as const, value: random.next() } };
}

function randomJson(random: SeededRandom) {
  return {
    text: randomText(random),
    list: [1, null, { deep: [random.next()] }],
    [randomText(random)]: random.chance(0.5),
  };
}

function randomText(random: SeededRandom): string {
  return random.pick(['', 'orders', 'ключ', '日本', '🚀', 'e\u0301', '\u0000', '"\\', 'x'.repeat(300)]);
}

function randomScalar(scalar: number, random: SeededRandom): unknown {
  if (scalar === 9) return randomText(random);
  if (scalar === 12) return Uint8Array.from({ length: random.below(40) }, () => random.below(256));
  if (scalar === 8) return random.chance(0.5);
  if ([3, 4, 6, 16, 18].includes(scalar))
    return random.pick([0n, 1n, 253_402_300_799n, scalar === 4 ? 2n ** 64n - 1n : 2n ** 63n - 1n]);
  if ([1, 2].includes(scalar)) return random.next();
  return random.pick([0, 1, 999_999_999, 2 ** 31 - 1]);
}
