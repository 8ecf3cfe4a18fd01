// The results as a bar chart in SVG, for a light page and for a dark one.
import { compared, type Group, isWithin, median } from './model.ts';
import { amount, beside } from './show.ts';

const width = 860;
const labels = 400;
const bars = 260;
const row = 24;
const titleHeight = 38;

const style = `
  text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 14px }
  .faint { fill: #59636e }
  .base { fill: #afb8c1 }
  .bar { fill: #6f42c1 }
  .above { fill: #cf222e }
  .most { stroke: #1f2328; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .faint { fill: #9198a1 }
    .base { fill: #59636e }
    .bar { fill: #a371f7 }
    .above { fill: #f85149 }
    .most { stroke: #f0f6fc }
  }`;

/** One bar for each figure; each group has a scale of its own, and a line stands at what is promised. */
export function chart(groups: readonly Group[]): string {
  const parts: string[] = [];
  let y = 8;
  for (const group of groups.filter(({ unit }) => unit !== 'processes')) {
    parts.push(`<text class="title" x="8" y="${y + 20}">${escaped(group.title)}</text>`);
    y += titleHeight - 6;
    for (const [index] of group.figures.entries()) {
      parts.push(bar(group, index, y));
      y += row;
    }
    y += 8;
  }
  const height = y + 4;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Results of npm run bench">
<style>${style}
</style>
${parts.join('\n')}
</svg>
`;
}

function bar(group: Group, index: number, y: number): string {
  const figure = group.figures[index];
  if (!figure) return '';
  const first = median(group.figures[0]?.values ?? []);
  const limit = figure.most === undefined ? undefined : limitOf(group, first, figure.most);
  const largest = Math.max(...group.figures.map(({ values }) => median(values)), limit ?? 0);
  const scale = (value: number) => (value / largest) * bars;
  const length = scale(median(figure.values));
  const kind = index === 0 ? 'base' : isWithin(group, figure) === false ? 'above' : 'bar';
  const value = amount(median(figure.values), group.unit);
  const ratio = index === 0 ? '' : `  ${beside(group, compared(group, figure))}`;
  const end = labels + Math.max(length, limit === undefined ? 0 : scale(limit)) + 8;
  return [
    `<text class="faint" x="${labels - 10}" y="${y + 16}" text-anchor="end">${escaped(figure.name)}</text>`,
    `<rect class="${kind}" x="${labels}" y="${y + 3}" width="${length.toFixed(1)}" height="${row - 7}" rx="2"/>`,
    limit === undefined
      ? ''
      : `<line class="most" x1="${(labels + scale(limit)).toFixed(1)}" x2="${(labels + scale(limit)).toFixed(1)}" y1="${y + 1}" y2="${y + row - 2}"/>`,
    `<text x="${end.toFixed(1)}" y="${y + 16}">${escaped(value)}<tspan class="faint">${escaped(ratio)}</tspan></text>`,
  ].join('');
}

function limitOf(group: Group, first: number, most: number): number {
  return group.compare === 'ratio' ? first * most : first + most;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll(' ', '&#160;');
}
