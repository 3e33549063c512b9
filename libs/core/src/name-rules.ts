// The rules of names and attributes, the same wherever they come in.
import type { Attributes } from './event.ts';
import type { Violation } from './errors.ts';
import type { Limits } from './limits.ts';

const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;

export type AttributeLimits = Pick<Limits, 'attributesMax' | 'attributeKeyBytesMax' | 'attributeValueBytesMax'>;

/** What keeps a text from being a name: names are compared byte for byte, and shown in terminals and logs. */
export function nameViolation(text: string, field: string, bytesMin: 0 | 1, bytesMax: number): Violation | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes < bytesMin) return { field, description: 'is required', limit: bytesMax, actual: bytes };
  if (bytes > bytesMax) {
    const description = `must be ${bytesMin} to ${bytesMax} bytes of UTF-8, is ${bytes}`;
    return { field, description, limit: bytesMax, actual: bytes };
  }
  const control = controlCharacter.exec(text)?.[0];
  if (control !== undefined) {
    const code = control.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return { field, description: `must not contain control characters; U+${code} found` };
  }
  if (!text.isWellFormed() || text.includes('\ufffd')) {
    return { field, description: 'must be well-formed Unicode without U+FFFD, which stands for lost characters' };
  }
  return undefined;
}

export function attributeViolations(attributes: Attributes, path: string, limits: AttributeLimits): Violation[] {
  const { attributesMax, attributeKeyBytesMax, attributeValueBytesMax } = limits;
  const pairs = Object.entries(attributes);
  if (pairs.length > attributesMax) return [tooMany(path, 'pairs', attributesMax, pairs.length)];
  const broken = pairs.map(([key, value]) => {
    const field = `${path}[${JSON.stringify(key.slice(0, 64))}]`;
    return nameViolation(key, field, 1, attributeKeyBytesMax) ?? valueViolation(value, field, attributeValueBytesMax);
  });
  return present(broken);
}

/** Values are not names: of the characters, only what no event can carry is refused. */
function valueViolation(value: string, field: string, bytesMax: number): Violation | undefined {
  const bytes = Buffer.byteLength(value);
  if (bytes > bytesMax) {
    return {
      field,
      description: `must be at most ${bytesMax} bytes of UTF-8, is ${bytes}`,
      limit: bytesMax,
      actual: bytes,
    };
  }
  if (value.isWellFormed() && !value.includes('\0')) return undefined;
  return { field, description: 'must be well-formed Unicode without U+0000' };
}

export function tooMany(field: string, what: string, limit: number, actual: number): Violation {
  return { field, description: `must be at most ${limit} ${what}, are ${actual}`, limit, actual };
}

export function present(violations: readonly (Violation | undefined)[]): Violation[] {
  return violations.filter((violation) => violation !== undefined);
}
