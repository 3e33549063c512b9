// Rows as a table has them, for those who take over whole tables: a copy of a log.

export type RawValue = string | number | Uint8Array | null;

export type RawRow = Readonly<Record<string, RawValue>>;

/** A select that every database understands, without parameters. */
export type ReadRows = (select: string) => Promise<readonly RawRow[]>;
