// What is asked of each page of documentation: its links to files lead to files.
import { posix } from 'node:path';

const link = /!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\s*\[[^\]]+\]:\s*(\S+)/gm;
const elsewhere = /^(?:[a-z][a-z0-9+.-]*:|#|\/\/)/i;

/** `exists` is asked for paths relative to the workspace. */
export function linkComplaints(path: string, text: string, exists: (path: string) => boolean): string[] {
  const complaints: string[] = [];
  for (const [, inline, reference] of withoutCode(text).matchAll(link)) {
    const target = inline ?? reference ?? '';
    if (elsewhere.test(target)) continue;
    const file = decodeURIComponent(target.split(/[#?]/, 1)[0] ?? '');
    const resolved = file.startsWith('/') ? file.slice(1) : posix.join(posix.dirname(path), file);
    if (resolved.startsWith('../') || !exists(resolved))
      complaints.push(`${path} links to ${target}, which is not there`);
  }
  return complaints;
}

/** Code shows brackets that are no links. */
function withoutCode(text: string): string {
  return text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '').replaceAll(/`[^`\n]*`/g, '');
}
