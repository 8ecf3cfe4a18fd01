// Draws what a terminal shows as SVG: always dark, so that it looks the same on a light page and on a dark one.
import anser from 'anser';

/** How many characters a line has. */
export const COLUMNS = 100;

/** In pixels, of a monospaced font of 14. */
const [CHARACTER, LINE, PADDING, TITLE_BAR] = [8.43, 20, 18, 34];

// The names of the classes are anser's.
const STYLE = `
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; fill: #e6edf3; white-space: pre }
.title { fill: #8b949e; font-size: 13px; text-anchor: middle }
.ansi-bold { font-weight: 600 } .ansi-dim { fill-opacity: 0.65 } .ansi-red-fg { fill: #ff7b72 } .ansi-green-fg { fill: #3fb950 }
.ansi-yellow-fg { fill: #d29922 } .ansi-blue-fg { fill: #58a6ff } .ansi-magenta-fg { fill: #bc8cff } .ansi-cyan-fg { fill: #39c5cf }
`;

/**
 * @param output what a program wrote to a terminal.
 * @param label what the picture shows, for those who do not see it.
 */
export function terminalSvg(output: string, title: string, label: string): string {
  const lines = screen(output).split('\n');
  const width = Math.round(COLUMNS * CHARACTER + 2 * PADDING);
  const height = TITLE_BAR + lines.length * LINE + PADDING;
  const texts = lines.map((line, index) => {
    const y = TITLE_BAR + (index + 1) * LINE - 4;
    const html = anser.ansiToHtml(anser.escapeForHtml(line), { use_classes: true });
    const spans = html.replaceAll(/<(\/?)span/g, '<$1tspan');
    return `<text x="${PADDING}" y="${y}" xml:space="preserve">${spans}</text>`;
  });
  const lights = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, index) => `<circle cx="${PADDING + 4 + index * LINE}" cy="17" r="6" fill="${fill}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${anser.escapeForHtml(label)}">
<style>${STYLE}</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="#0d1117" stroke="#30363d"/>
${lights.join('')}
<text x="${width / 2}" y="22" class="title">${anser.escapeForHtml(title)}</text>
${texts.join('\n')}
</svg>
`;
}

/** The lines as they stand in the end: what a carriage return leaves of one, and long ones broken. */
function screen(output: string): string {
  return (
    output
      .replaceAll(/\r+\n/g, '\n')
      .replaceAll(/^.*\r/gm, '')
      .trimEnd()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: all of them but those of colors begin with one
      .replaceAll(/\x1b\[(?![0-9;]*m)[0-9;?]*[A-Za-z]|\x1b[^[]/g, '')
      // A line with colors is short.
      .replaceAll(new RegExp(`[^\\n\\x1b]{${COLUMNS}}(?=[^\\n])`, 'g'), '$&\n')
  );
}
