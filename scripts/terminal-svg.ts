// Draws what a terminal shows, colours included, as SVG: always dark, so that it looks the same on a light
// page and on a dark one.
import anser from 'anser';

/** How many characters a line has. */
export const COLUMNS = 100;

const fontSize = 14;
const charWidth = 8.43; // of a monospaced font of that size, and forced by textLength
const lineHeight = 20;
const padding = 18;
const titleBar = 34;

/** By the names that anser gives the sixteen colours of a terminal. */
const colours: Readonly<Record<string, string>> = {
  'ansi-black': '#6e7681',
  'ansi-red': '#ff7b72',
  'ansi-green': '#3fb950',
  'ansi-yellow': '#d29922',
  'ansi-blue': '#58a6ff',
  'ansi-magenta': '#bc8cff',
  'ansi-cyan': '#39c5cf',
  'ansi-white': '#b1bac4',
  'ansi-bright-black': '#8b949e',
  'ansi-bright-red': '#ffa198',
  'ansi-bright-green': '#56d364',
  'ansi-bright-yellow': '#e3b341',
  'ansi-bright-blue': '#79c0ff',
  'ansi-bright-magenta': '#d2a8ff',
  'ansi-bright-cyan': '#56d4dd',
  'ansi-bright-white': '#f0f6fc',
};

interface Piece {
  readonly text: string;
  readonly fill?: string;
  readonly bold: boolean;
  readonly dim: boolean;
}

type Line = readonly Piece[];

/**
 * @param output what a program wrote to a terminal.
 * @param label what the picture shows, for those who do not see it.
 */
export function terminalSvg(output: string, title: string, label: string): string {
  const lines = linesOf(output);
  const width = Math.round(COLUMNS * charWidth + 2 * padding);
  const height = titleBar + lines.length * lineHeight + padding;
  const texts = lines.map((line, index) =>
    textElement(line, titleBar + (index + 1) * lineHeight - 4),
  );
  const lights = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, index) => `<circle cx="${padding + 4 + index * 20}" cy="17" r="6" fill="${fill}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(label)}">
<style>text { font: ${fontSize}px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; fill: #e6edf3; white-space: pre }</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="#0d1117" stroke="#30363d"/>
${lights.join('')}
<text x="${width / 2}" y="22" text-anchor="middle" style="fill: #8b949e; font-size: 13px">${escaped(title)}</text>
${texts.filter((text) => text !== '').join('\n')}
</svg>
`;
}

/** The lines as they stand in the end, wrapped where the terminal would. */
function linesOf(output: string): Line[] {
  const lines: Piece[][] = [[]];
  let column = 0;
  const next = () => {
    lines.push([]);
    column = 0;
  };
  for (const entry of anser.ansiToJson(overwritten(output), { json: true, use_classes: true })) {
    const { content, fg, decorations } = entry;
    const fill = colours[fg ?? ''];
    const style = {
      ...(fill !== undefined && { fill }),
      bold: decorations.includes('bold'),
      dim: decorations.includes('dim'),
    };
    for (const [index, text] of content.split('\n').entries()) {
      if (index > 0) next();
      for (let rest = text; rest !== ''; ) {
        if (column === COLUMNS) next();
        const piece = rest.slice(0, COLUMNS - column);
        lines.at(-1)?.push({ text: piece, ...style });
        column += piece.length;
        rest = rest.slice(piece.length);
      }
    }
  }
  return lines;
}

/** What a carriage return in the middle of a line leaves of it; and no control but those for colours. */
function overwritten(output: string): string {
  return (
    output
      .replaceAll('\r\n', '\n')
      .split('\n')
      .map((line) => line.slice(line.lastIndexOf('\r') + 1))
      .join('\n')
      .replace(/\n+$/, '')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with one
      .replace(/\x1b\[(?![0-9;]*m)[0-9;?]*[A-Za-z]|\x1b[^[]/g, '')
  );
}

function textElement(line: Line, y: number): string {
  let column = 0;
  return line
    .map(({ text, fill, bold, dim }) => {
      // Not every viewer draws blanks at the start of a text.
      const drawn = text.trim();
      const x = padding + (column + text.length - text.trimStart().length) * charWidth;
      column += text.length;
      if (drawn === '') return '';
      const styles = [
        ...(fill === undefined ? [] : [`fill: ${fill}`]),
        ...(bold ? ['font-weight: 600'] : []),
        ...(dim ? ['opacity: 0.65'] : []),
      ];
      const style = styles.length === 0 ? '' : ` style="${styles.join('; ')}"`;
      // The length keeps what follows in its column, whatever font there is.
      return `<text x="${x.toFixed(2)}" y="${y}" textLength="${(drawn.length * charWidth).toFixed(2)}" lengthAdjust="spacingAndGlyphs"${style}>${escaped(drawn)}</text>`;
    })
    .join('');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll(' ', '&#160;');
}
