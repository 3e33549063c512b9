// Medians and spreads of a few rounds.

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError('there is no median of nothing');
  const sorted = values.toSorted((a, b) => a - b);
  return { median: median(values), min: sorted[0]!, max: sorted.at(-1)! };
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('there is no median of nothing');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How far the rounds lie around the median, as a part of it: half of the whole range. */
export function spread({ median: middle, min, max }: Summary): number {
  return middle === 0 ? 0 : (max - min) / 2 / middle;
}

/**
 * The median over the rounds of one by the other: neighbours in time share the machine's mood, so that this is
 * steadier than the ratio of two medians. Rounds that only one of them has are left out.
 */
export function pairedRatio(values: readonly number[], others: readonly number[]): number | undefined {
  const ratios = values.slice(0, others.length).map((value, round) => value / others[round]!);
  return ratios.length === 0 ? undefined : median(ratios);
}
