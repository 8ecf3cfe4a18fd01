// How results are shown: as one table for a terminal, as tables and charts in Markdown, and as JSON.
import { compared, type Figure, type Group, isWithin, kept, median } from './measure.ts';

/** The machine and the versions that the figures belong to, by what they are. */
export type Machine = Readonly<Record<string, string>>;

const DIGITS = { ms: 1, s: 2, MB: 1, processes: 0 };

/** The columns of a table: what, its median, beside the first of its group, what is promised. */
function rows(group: Group): [string, string, string, string][] {
  const { unit, compare, figures } = group;
  const amount = (value: number) =>
    `${value.toFixed(DIGITS[unit])}${unit === 'processes' ? '' : ` ${unit}`}`;
  const beside = (value: number) =>
    compare === 'ratio' ? `x ${value.toFixed(2)}` : `+ ${amount(value)}`.replace('+ -', '- ');
  const promised = (figure: Figure) =>
    `${isWithin(group, figure) ? 'within' : 'ABOVE'} ${compare === 'ratio' ? 'x' : '+'} ${figure.most}`;
  return figures.map((figure, index) => [
    figure.name,
    amount(median(figure.values)),
    index === 0 ? '' : beside(compared(group, figure)),
    figure.most === undefined ? '' : promised(figure),
  ]);
}

/** For a terminal. */
export function table(groups: readonly Group[], machine: Machine): string {
  const names = groups.flatMap(({ figures }) => figures.map(({ name }) => name.length));
  const width = Math.max(...names);
  const blocks = groups.map((group) => {
    const lines = rows(group).map(([what, middle, beside, promise]) =>
      `  ${what.padEnd(width)}${middle.padStart(12)}${beside.padStart(12)}   ${promise}`.trimEnd(),
    );
    return [group.title, ...lines].join('\n');
  });
  return [...blocks, about(machine, groups)].join('\n\n');
}

/** For GitHub: of each group a table, and a chart if there is more to see than two bars. */
export function markdown(groups: readonly Group[], machine: Machine): string {
  const parts = groups.map((group) => {
    const lines = rows(group).map(
      (row) => `| ${row.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`,
    );
    const head = ['| what | median | beside the first | promised |', '| --- | ---: | ---: | --- |'];
    const bars = group.figures.length > 2 ? [chart(group), ''] : [];
    return [`### ${group.title}`, '', ...bars, ...head, ...lines].join('\n');
  });
  return [...parts, `${about(machine, groups)}.`].join('\n\n');
}

/** Bars of the medians, by GitHub's own Mermaid: one scale for all, which begins at 0. */
function chart({ figures, unit }: Group): string {
  const medians = figures.map(({ values }) => median(values));
  const names = figures.map(({ name }) => JSON.stringify(name.replaceAll('"', "'")));
  // By default a name has half of 700 pixels, and all are left out if one is longer.
  const xyChart = { width: 1000, height: 100 + 40 * figures.length, plotReservedSpacePercent: 40 };
  return `\`\`\`mermaid
%%{init: ${JSON.stringify({ xyChart })}}%%
xychart-beta horizontal
  x-axis [${names.join(', ')}]
  y-axis "${unit}" 0 --> ${Math.ceil(Math.max(...medians))}
  bar [${medians.map((value) => value.toFixed(1)).join(', ')}]
\`\`\``;
}

function about(machine: Machine, groups: readonly Group[]): string {
  const rounds = groups.flatMap(({ figures }) => figures.map(({ values }) => values.length));
  const facts = Object.entries(machine).map(([name, value]) => `${name} ${value}`);
  return `Medians of ${Math.min(...rounds)} to ${Math.max(...rounds)} rounds, one of each in turn. ${facts.join('; ')}`;
}

export function json(groups: readonly Group[], machine: Machine): string {
  const judged = groups.map((group) => ({
    ...group,
    figures: group.figures.map((figure) => ({
      ...figure,
      median: kept(median(figure.values)),
      [group.compare]: kept(compared(group, figure)),
      within: isWithin(group, figure),
    })),
  }));
  return `${JSON.stringify({ machine, groups: judged }, null, 2)}\n`;
}
