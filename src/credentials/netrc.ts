// The text of ~/.netrc: how our entries look, how they are put in, and how they are taken out again
// without a trace. Pure functions; atomic-file.ts does the reading and writing.
//
// Three programs read this file with three parsers that disagree on much (docs/facts/heroku.md part
// 3): the Heroku CLI, libcurl (which is git) and people's own tools. They agree on one form, and all of them
// let the first entry of a host win. So our entries go, in that form, before everything else, and
// not one byte of the rest is touched: also an older login to Heroku stays where it is, is
// shadowed, and counts again once ours is gone.
//
// Text is handled as `latin1`, where one character is one byte, so that files in any encoding
// survive.

export interface Login {
  /** Names of the entries: the API's and git's, which are one where both are the same. */
  readonly machines: readonly string[];
  readonly login: string;
  readonly password: string;
}

/** What every parser takes for one word, and not for a comment or a quotation. */
const word = /^(?!#)[!#-[\]-~]+$/;

/**
 * Our entries, as they stand at the top of the file.
 *
 * @throws RangeError if a part is not one word: it could add entries of its own.
 */
export function block({ machines, login, password }: Login): string {
  const wrong = [...machines, login, password].findIndex((part) => !word.test(part));
  if (wrong !== -1) throw new RangeError(`part ${wrong} of an entry is not one word`);
  return [...new Set(machines)]
    .map((machine) => `machine ${machine}\n  login ${login}\n  password ${password}\n`)
    .join('');
}

/** Puts our entries before `rest`. {@link removeBlock} is its exact inverse. */
export const addBlock = (rest: string, ours: string): string =>
  `${ours}${needsSeparator(rest) ? '\n' : ''}${rest}`;

/** `text` without `ours`, which it starts with. */
export function removeBlock(text: string, ours: string): string {
  const after = text.slice(ours.length);
  return after.startsWith('\n') && needsSeparator(after) ? after.slice(1) : after;
}

/**
 * What in `text` has the form of {@link block}, from the line at `at` on: two entries and the first of them.
 * Whether they are ours only state.ts can tell: the CLI writes the same form.
 */
export function blocksIn(text: string): (Login & { readonly text: string; readonly at: number })[] {
  const entry = /(?<=^|\n)machine (\S+)\n {2}login (\S+)\n {2}password (\S+)\n/g;
  const entries = [...text.matchAll(entry)];
  return entries.flatMap((first, index) =>
    [entries.slice(index, index + 2), [first]].flatMap((some) => {
      const [, , login = '', password = ''] = first;
      const machines = some.map((match) => match[1] ?? '');
      const ours = some.map(([whole]) => whole).join('');
      const at = first.index;
      return text.startsWith(ours, at) ? [{ machines, login, password, text: ours, at }] : [];
    }),
  );
}

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** An entry in any form that libcurl reads. */
export interface Entry extends Login {
  readonly start: number;
  /** All of its words except comments; only those of the password, if the user has added something to it. */
  readonly words: readonly Word[];
}

/** The entries that have a password, wherever and however they are written; none from the body of a macro. */
export function entriesIn(text: string): Entry[] {
  const word = /\u00ef\u00bb\u00bf|#[^\n\r]*|"(?:\\.|[^"\\\n])*"(?![^ \t-\r])|[^ \t-\r]+/g;
  const groups: Word[][][] = [];
  for (let match = word.exec(text); match; match = word.exec(text)) {
    const found = { text: match[0], start: match.index, end: word.lastIndex };
    if (/^(#|\u00ef\u00bb\u00bf$)/.test(found.text)) continue;
    const last = groups.at(-1)?.at(-1);
    const key = found.text.toLowerCase();
    if (last?.length === 1 && /^(machine|login|password|account)$/i.test(last[0]?.text ?? '')) {
      last.push({ ...found, text: found.text.replace(/^"(.*)"$/, '$1') });
    } else if (key === 'macdef') {
      const end = text.slice(found.end).search(/\n[ \t]*\r?\n/);
      if (end === -1) break;
      word.lastIndex += end + 1;
      groups.push([]);
    } else if (key === 'machine' || key === 'default') groups.push([[found]]);
    else groups.at(-1)?.push([found]);
  }
  return groups.flatMap((pairs) => {
    const of = (name: string) => pairs.filter(([key]) => key?.text.toLowerCase() === name);
    const [machine, login, password] = [of('machine'), of('login'), of('password')];
    const [first, name] = machine[0] ?? [];
    if (!first || !name) return [];
    const isPlain = pairs.length === 2 + login.length && login.length < 2;
    return password.flatMap((pair) => ({
      machines: [name.text],
      login: login[0]?.[1]?.text ?? '',
      password: pair[1]?.text ?? '',
      start: first.start,
      words: isPlain ? pairs.flat() : pair,
    }));
  });
}

/**
 * `text` without these entries. Lines go of which nothing is left; what others have put into or beside them
 * stays: comments, blank lines, further entries on the same line.
 */
export function removeEntries(text: string, entries: readonly Entry[]): string {
  if (entries.length === 0) return text;
  let rest = text;
  // No byte is this character.
  for (const { start, end } of entries.flatMap(({ words }) => words).reverse()) {
    rest = `${rest.slice(0, start)}\u{e000}${rest.slice(end)}`;
  }
  const lines =
    /(?<=(?:^|[\n\r])(?:\u00ef\u00bb\u00bf)?)(?:[ \t\v\f]*\ue000[\ue000 \t\v\f]*(?:\r\n|[\n\r]|$))+/g;
  rest = rest.replace(lines, (gone, at: number, all: string) => {
    const after = all.slice(at + gone.length);
    // The entry above must not get the lines below, see needsSeparator.
    return at > 0 && !/^[\n\r]/.test(after) && needsSeparator(after) ? '\n' : '';
  });
  return rest.replace(
    /(?<![ \t\v\f])([ \t\v\f]*)\ue000(?:[ \t\v\f]*\ue000)*[ \t\v\f]*(?=(.?))/gs,
    (_, before, next) => (/[^\n\r]/.test(next) ? before : ''),
  );
}

/** The lines, counted from 1, that hold a word that `isToken` knows, also within quotes or in UTF-16. */
export function linesWith(text: string, isToken: (word: string) => boolean): number[] {
  return text
    .replaceAll('\0', '')
    .split('\n')
    .flatMap((line, index) => {
      const words = [...(line.match(/[\w-]+/g) ?? []), ...(line.match(/[!-~]+/g) ?? [])];
      return words.some(isToken) ? [index + 1] : [];
    });
}

/**
 * Whether a blank line must stand between our entries and `rest`: the CLI takes an indented line for
 * a property of the entry above it, even `  machine example.com`. What the CLI takes for an indent
 * is JavaScript's `\s` in the decoded text, so also a no-break space or a byte order mark.
 *
 * Blank lines before the indented one make no difference to the answer. Thus adding a separator does
 * not change it, and removeBlock can tell a separator from a blank line of the person's own.
 * Where none is needed there is none: some parsers give up at a blank line before a comment.
 */
function needsSeparator(rest: string): boolean {
  const start = rest.replace(/^\n+/, '').slice(0, 8);
  return /^[^\S\n]/.test(Buffer.from(start, 'latin1').toString('utf8'));
}

/**
 * The password of the first entry for `machine`, read as libcurl and most others do: words
 * separated by white space, comments from a word that begins with `#` to the end of the line.
 */
export function passwordFor(text: string, machine: string): string | undefined {
  const words = text.replace(/(^|\s)#.*$/gm, '$1').match(/\S+/g) ?? [];
  let inside = false;
  for (let at = 0; at < words.length; at++) {
    const value = words[at + 1];
    if (words[at] === 'machine') inside = words[++at] === machine;
    else if (words[at] === 'default') inside = false;
    else if (words[at] === 'login') at++;
    else if (words[at] === 'password') {
      if (inside && value !== undefined) return value.replace(/^"(.*)"$/, '$1');
      at++;
    }
  }
  return undefined;
}

/**
 * The password of the entry that the CLI finds for `machine`, whose parser goes line by line
 * (`@heroku-cli/command`, netrc-parser.js): a line that holds `machine` anywhere starts an entry,
 * which is either that line, cut at single blanks, or the indented lines below it.
 */
export function passwordForCli(text: string, machine: string): string | undefined {
  const lines = Buffer.from(text, 'latin1').toString('utf8').split('\n');
  for (let at = 0; at < lines.length; at++) {
    const body = /machine\s+([^\s#][^#]*)(#.*)?$/.exec(lines[at] ?? '')?.[1];
    const [host, ...words] = body?.split(' ') ?? [];
    if (host !== machine) continue;
    if (body?.trim().includes(' ')) {
      const key = words.findLastIndex((word, index) => index % 2 === 0 && word === 'password');
      return key === -1 ? undefined : words[key + 1];
    }
    let password: string | undefined;
    for (at++; at < lines.length; at++) {
      const property = /^\s+(\S+)\s+(\S+)(\s+#.*)?$/.exec(lines[at] ?? '');
      if (!property) break;
      if (property[1] === 'password') password = property[2];
    }
    return password;
  }
  return undefined;
}

/**
 * The address as the login name of an entry. It comes from outside, so it is checked: a word that a
 * netrc parser would trip over becomes a fixed one. No one reads it but people: Heroku takes any
 * user name beside a token (docs/facts/heroku.md part 4).
 */
export function loginName(account: string): string {
  const safe = /^[\w.+@!$%&*/=?^{|}~-]{1,254}$/.test(account);
  const keyword = /^(machine|default|login|password|account|macdef)$/i.test(account);
  return safe && !keyword ? account : 'heroku';
}
