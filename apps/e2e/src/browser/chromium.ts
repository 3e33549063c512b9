// Debian's Chromium: a real browser, with a network stack and rules about origins of its own.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = '/usr/bin/chromium';

/** Why the tests cannot run here; undefined when they can. */
export function chromiumMissing(): string | undefined {
  return existsSync(executablePath)
    ? undefined
    : `there is no ${executablePath}: the package chromium is not installed`;
}

/** Without its sandbox: root cannot have one, and these pages are our own. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking'] });
}
