// The throughput of each scenario as bars, in SVG: one file that any browser and any page of documentation shows.
import { limitOf } from './ratios.ts';
import type { IngestResult, PeerDescription, PeerResult, Report } from './report.ts';
import { formatNumber } from './table.ts';

const width = 900;
const labelWidth = 150;
const figureWidth = 210;
const barHeight = 18;
const rowHeight = 24;
const titleHeight = 34;
const gap = 18;
const headHeight = 64;

/** Told apart in grey print too: the less it survives, the lighter. */
const colours = { 'power loss': '#1f4e79', 'process end': '#c77c11', nothing: '#b9bec4' } as const;

export function renderChart(report: Report): string {
  const survives = new Map(report.peers.map(({ name, survives: what }) => [name, what]));
  const groups: string[] = [];
  let top = headHeight;
  for (const result of report.ingest) {
    groups.push(renderGroup(result, top, survives));
    top += titleHeight + result.peers.length * rowHeight + gap;
  }
  const height = top;
  const font = 'font-family="system-ui, sans-serif" font-size="13" fill="#222"';
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font}>
<rect width="${width}" height="${height}" fill="#fff"/>
${text(16, 26, 'Durable events a second', 'font-size="18" font-weight="600"')}
${text(16, 46, subtitle(report), 'fill="#555"')}
${renderLegend()}
${groups.join('\n')}
</svg>
`;
}

function subtitle({ startedAt, machine, revision, seed }: Report): string {
  const commit = revision.commit?.slice(0, 12) ?? 'unknown';
  return `${startedAt.slice(0, 10)}, ${machine.cores} × ${machine.cpu}, commit ${commit}, seed ${seed}`;
}

function renderLegend(): string {
  const entries = Object.entries(colours);
  return entries
    .map(([survives, colour], index) => {
      const x = width - 360 + index * 120;
      return `<rect x="${x}" y="14" width="12" height="12" fill="${colour}"/>${text(x + 18, 25, survives)}`;
    })
    .join('');
}

function renderGroup(
  result: IngestResult,
  top: number,
  survives: ReadonlyMap<string, PeerDescription['survives']>,
): string {
  const largest = Math.max(...result.peers.map(({ eventsPerSecond }) => eventsPerSecond.max));
  const scale = (value: number) => (value / largest) * (width - labelWidth - figureWidth);
  const limit = limitOf(result);
  const rows = result.peers.map((peer, index) => {
    const colour = colours[survives.get(peer.peer) ?? 'nothing'];
    return renderBar(peer, top + titleHeight + index * rowHeight, colour, scale, limit);
  });
  return [text(16, top + 20, `${result.name}: ${result.title}`, 'font-weight="600"'), ...rows].join('\n');
}

function renderBar(
  { peer, eventsPerSecond: { median, min, max }, storedPerSecond }: PeerResult,
  y: number,
  colour: string,
  scale: (value: number) => number,
  limit: PeerResult | undefined,
): string {
  const middle = y + barHeight / 2;
  const share = limit === undefined ? '' : `, ${(median / limit.eventsPerSecond.median).toFixed(2)} × limit`;
  const stored = storedPerSecond && `, stored ${formatNumber(Math.round(storedPerSecond.median))}/s`;
  const figure = `${formatNumber(Math.round(median))}/s${share}${stored ?? ''}`;
  const spread = `M${labelWidth + scale(min)} ${middle}H${labelWidth + scale(max)}`;
  return [
    text(labelWidth - 8, middle + 4, peer, 'text-anchor="end"'),
    `<rect x="${labelWidth}" y="${y}" width="${round(scale(median))}" height="${barHeight}" fill="${colour}"/>`,
    `<path d="${spread}" stroke="#e4572e" stroke-width="2"/>`,
    text(labelWidth + round(scale(max)) + 8, middle + 4, figure),
  ].join('');
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}"${attributes && ` ${attributes}`}>${escape(content)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
