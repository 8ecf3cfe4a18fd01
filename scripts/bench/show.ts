// How results are shown: as one table for a terminal, as tables and charts in Markdown, and as JSON.
import { kept } from './measure.ts';
import { compared, type Figure, type Group, isWithin, type Machine, median } from './model.ts';

/** One line of the table: what, its median, beside the first of its group, what is promised. */
type Line = readonly [what: string, middle: string, beside: string, promise: string];

function lines(group: Group): Line[] {
  return group.figures.map((figure, index) => [
    figure.name,
    amount(median(figure.values), group.unit),
    index === 0 ? '' : beside(group, compared(group, figure)),
    promise(group, figure),
  ]);
}

function amount(value: number, unit: Group['unit']): string {
  return `${value.toFixed(unit === 's' ? 2 : unit === 'processes' ? 0 : 1)}${unit === 'processes' ? '' : ` ${unit}`}`;
}

function beside({ compare, unit }: Group, value: number): string {
  return compare === 'ratio'
    ? `x ${value.toFixed(2)}`
    : `+ ${amount(value, unit)}`.replace('+ -', '- ');
}

function promise(group: Group, figure: Figure): string {
  const within = isWithin(group, figure);
  if (within === undefined || figure.most === undefined) return '';
  const most = group.compare === 'ratio' ? `x ${figure.most}` : `+ ${figure.most}`;
  return `${within ? 'within' : 'ABOVE'} ${most}`;
}

/** For a terminal. */
export function table(groups: readonly Group[], machine: Machine): string {
  const width = Math.max(
    ...groups.flatMap(({ figures }) => figures.map(({ name }) => name.length)),
  );
  const blocks = groups.map((group) => {
    const rows = lines(group).map(([what, middle, beside, promise]) =>
      `  ${what.padEnd(width)}${middle.padStart(12)}${beside.padStart(12)}   ${promise}`.trimEnd(),
    );
    return [group.title, ...rows].join('\n');
  });
  return [...blocks, about(machine, groups)].join('\n\n');
}

/** For GitHub: of each group a table, and a chart if there is more to see than two bars. */
export function markdown(groups: readonly Group[], machine: Machine): string {
  const parts = groups.map((group) => {
    const rows = lines(group).map(
      (line) => `| ${line.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`,
    );
    const head = ['| what | median | beside the first | promised |', '| --- | ---: | ---: | --- |'];
    const bars = group.figures.length > 2 ? [chart(group), ''] : [];
    return [`### ${group.title}`, '', ...bars, ...head, ...rows].join('\n');
  });
  return [...parts, `${about(machine, groups)}.`].join('\n\n');
}

/** Bars of the medians, by GitHub's own Mermaid: one scale for all, which begins at 0. */
function chart({ figures, unit }: Group): string {
  const medians = figures.map(({ values }) => median(values));
  const names = figures.map(({ name }) => JSON.stringify(name.replaceAll('"', "'")));
  // By default a name has half of 700 pixels, and all are left out if one is longer.
  const xyChart = { width: 1000, height: 100 + 40 * figures.length, plotReservedSpacePercent: 40 };
  return [
    '```mermaid',
    `%%{init: ${JSON.stringify({ xyChart })}}%%`,
    'xychart-beta horizontal',
    `  x-axis [${names.join(', ')}]`,
    `  y-axis "${unit}" 0 --> ${Math.ceil(Math.max(...medians))}`,
    `  bar [${medians.map((value) => value.toFixed(1)).join(', ')}]`,
    '```',
  ].join('\n');
}

function about(machine: Machine, groups: readonly Group[]): string {
  const rounds = groups.flatMap(({ figures }) => figures.map(({ values }) => values.length));
  const facts = Object.entries(machine).map(([name, value]) => `${name} ${value}`);
  return `Medians of ${Math.min(...rounds)} to ${Math.max(...rounds)} rounds, one of each in turn. ${facts.join('; ')}`;
}

export function json(groups: readonly Group[], machine: Machine): string {
  const all = groups.map((group) => ({
    ...group,
    figures: group.figures.map((figure) => ({
      ...figure,
      median: kept(median(figure.values)),
      [group.compare]: kept(compared(group, figure)),
      ...(figure.most !== undefined && { within: isWithin(group, figure) }),
    })),
  }));
  return `${JSON.stringify({ machine, groups: all }, null, 2)}\n`;
}
