// How many of the events that match go into one slice.

/** At least one, however large. */
export function countFitting(sizes: readonly { readonly size: number }[], eventsMax: number, bytesMax: number): number {
  let bytes = 0;
  const overflow = sizes.findIndex(({ size }, index) => {
    bytes += size;
    return index === eventsMax || (index > 0 && bytes > bytesMax);
  });
  return overflow < 0 ? sizes.length : overflow;
}
