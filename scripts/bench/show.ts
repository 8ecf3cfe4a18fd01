// How results are shown: as one table, for a terminal and for Markdown, and as JSON.
import { kept } from './measure.ts';
import { compared, type Figure, type Group, isWithin, type Machine, median } from './model.ts';

/** One line of the table: what, its median, beside the first of its group, what is promised. */
type Line = readonly [what: string, middle: string, beside: string, promise: string];

export function lines(group: Group): Line[] {
  return group.figures.map((figure, index) => [
    figure.name,
    amount(median(figure.values), group.unit),
    index === 0 ? '' : beside(group, compared(group, figure)),
    promise(group, figure),
  ]);
}

export function amount(value: number, unit: Group['unit']): string {
  return `${value.toFixed(unit === 's' ? 2 : unit === 'processes' ? 0 : 1)}${unit === 'processes' ? '' : ` ${unit}`}`;
}

export function beside({ compare, unit }: Group, value: number): string {
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

export function markdown(groups: readonly Group[], machine: Machine): string {
  const rows = groups.flatMap((group) => [
    `| **${group.title}** | | | |`,
    ...lines(group).map(
      ([what, ...rest]) => `| ${[what.replaceAll('|', '\\|'), ...rest].join(' | ')} |`,
    ),
  ]);
  return [
    '| what | median | beside the first | promised |',
    '| --- | ---: | ---: | --- |',
    ...rows,
    '',
    `${about(machine, groups)}.`,
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
