// Tools that a machine may lack: a test without its tool says so and is skipped, unless REQUIRE_TOOLS names it.

/** Whether the tests that need it can run. Throws instead of false when the tool is required. */
export function hasTool(name: string, missing: string | undefined): boolean {
  if (missing === undefined) return true;
  const required = (process.env['REQUIRE_TOOLS'] ?? '').split(',').map((each) => each.trim());
  if (required.includes(name)) throw new Error(`${name} is required by REQUIRE_TOOLS, but ${missing}`);
  process.stderr.write(`SKIPPED: the tests that need ${name}, because ${missing}\n`);
  return false;
}
