// How far a file has come, as a bar for a line of a terminal.

const barColumnsMax = 24;
const barColumnsMin = 4;

/** Fits the columns: the bar gives way first, then the end of the line. */
export function withProgressBar(share: number, text: string, columns: number): string {
  const figures = `${`${Math.floor(share * 100)} %`.padStart(5)}  ${text}`;
  const brackets = 3;
  const barColumns = Math.min(barColumnsMax, columns - 1 - figures.length - brackets);
  if (barColumns < barColumnsMin) return figures.slice(0, columns - 1);
  const full = Math.floor(share * barColumns);
  return `[${'#'.repeat(full)}${'-'.repeat(barColumns - full)}] ${figures}`;
}
