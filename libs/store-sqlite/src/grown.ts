// Columns that nobody knows the length of beforehand.

type Column = Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** The same column, twice as long, or more when that is too short. */
export function grown<Each extends Column>(column: Each, lengthMin = 0): Each {
  const Kind = column.constructor as new (length: number) => Each;
  const longer = new Kind(Math.max(2 * column.length, lengthMin));
  longer.set(column);
  return longer;
}
