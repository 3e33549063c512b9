// How a check run by itself ends: its complaints on stderr and exit code 1, or silence and 0.

export function report(check: string, complaints: readonly string[]): void {
  for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
  if (complaints.length === 0) return;
  process.stderr.write(`${check}: ${complaints.length} to mend\n`);
  process.exitCode = 1;
}
