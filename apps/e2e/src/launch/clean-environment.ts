// The environment for programs under test: this process's own, without settings meant for somebody else's oncelog and
// without the colours that a test runner asks for.

export function cleanEnvironment(added: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('ONCELOG_') && name !== 'FORCE_COLOR');
  return { ...Object.fromEntries(kept), ...added };
}
