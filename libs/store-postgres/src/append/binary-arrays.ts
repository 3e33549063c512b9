// Arrays as PostgreSQL takes them in binary: nothing is spelled out as text here and read again there.

/** Of the type catalogue. */
const oids = { int4: 23, int8: 20, bytea: 17, text: 25, bool: 16 } as const;

const headerBytes = 20;
const lengthBytes = 4;
const nullLength = -1;

export function int4Array(values: ArrayLike<number>, count: number, offset = 0): Buffer {
  const each = lengthBytes + 4;
  const array = start('int4', count, each * count);
  for (let index = 0, at = headerBytes; index < count; index += 1, at += each) {
    array.writeInt32BE(4, at);
    array.writeInt32BE(values[index]! + offset, at + lengthBytes);
  }
  return array;
}

export function int8Array(values: ArrayLike<number>, count: number): Buffer {
  const each = lengthBytes + 8;
  const array = start('int8', count, each * count);
  for (let index = 0, at = headerBytes; index < count; index += 1, at += each) {
    array.writeInt32BE(8, at);
    array.writeBigInt64BE(BigInt(values[index]!), at + lengthBytes);
  }
  return array;
}

export function boolArray(values: readonly boolean[]): Buffer {
  const each = lengthBytes + 1;
  const array = start('bool', values.length, each * values.length);
  for (const [index, value] of values.entries()) {
    array.writeInt32BE(1, headerBytes + index * each);
    array[headerBytes + index * each + lengthBytes] = value ? 1 : 0;
  }
  return array;
}

/** Of values that lie one after the other, each up to its end. */
export function byteaArray(bytes: Uint8Array, ends: ArrayLike<number>, count: number): Buffer {
  const total = count === 0 ? 0 : ends[count - 1]!;
  const array = start('bytea', count, lengthBytes * count + total);
  let at = headerBytes;
  let from = 0;
  for (let index = 0; index < count; index += 1) {
    const to = ends[index]!;
    array.writeInt32BE(to - from, at);
    array.set(bytes.subarray(from, to), at + lengthBytes);
    at += lengthBytes + to - from;
    from = to;
  }
  return array;
}

/** Of values of one length. */
export function fixedByteaArray(bytes: Uint8Array, length: number, count: number): Buffer {
  const each = lengthBytes + length;
  const array = start('bytea', count, each * count);
  for (let index = 0, at = headerBytes; index < count; index += 1, at += each) {
    array.writeInt32BE(length, at);
    array.set(bytes.subarray(index * length, (index + 1) * length), at + lengthBytes);
  }
  return array;
}

export function textArray(values: readonly (string | null)[]): Buffer {
  const sizes = values.map((value) => (value === null ? 0 : Buffer.byteLength(value)));
  const total = sizes.reduce((sum, size) => sum + size, lengthBytes * values.length);
  const array = start('text', values.length, total);
  let at = headerBytes;
  for (const [index, value] of values.entries()) {
    array.writeInt32BE(value === null ? nullLength : sizes[index]!, at);
    at += lengthBytes;
    if (value !== null) at += array.write(value, at);
  }
  return array;
}

/** With room for the elements, which come right after the header. */
function start(type: keyof typeof oids, count: number, elementBytes: number): Buffer {
  const array = Buffer.allocUnsafe(headerBytes + elementBytes);
  array.writeInt32BE(1, 0);
  // Elements that are null say so themselves, and the server does not rely on being told before.
  array.writeInt32BE(0, 4);
  array.writeInt32BE(oids[type], 8);
  array.writeInt32BE(count, 12);
  array.writeInt32BE(1, 16);
  return array;
}
