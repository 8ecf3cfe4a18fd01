// Files that a user may have as ~/.netrc, and the entries of a login, for the tests of its editor.
import { block } from '../../src/credentials/netrc.ts';
import { makeToken } from './program.ts';

export const token = makeToken('new');
/** The entries of a login. */
export const ours = block({
  machines: ['api.heroku.com', 'git.heroku.com'],
  login: 'dev@example.com',
  password: token,
});

const me = 'login me@x.io password old';
const other = 'machine example.com login a password b';
/** Entries on several lines each, indented so, for these machines. */
const lines = (indent: string, ...machines: string[]) =>
  machines
    .map((name) => `machine ${name}\n${indent}login me@x.io\n${indent}password old\n`)
    .join('');
const [api, git] = ['api.heroku.com', 'git.heroku.com'];

/** Every construct in the table of docs/facts/heroku.md part 3, as a file that a user may have. */
export const constructs: Record<string, string> = {
  nothing: '',
  'several lines, indented by blanks': lines('  ', api, git),
  'several lines, indented by a tab': lines('\t', api),
  'one line per machine, single blanks': `machine ${api} ${me}\nmachine ${git} ${me}\n`,
  'lines not indented': lines('', api),
  'orphan lines that the CLI left behind': 'login me@x.io\npassword old\n',
  'one line, tabs between words': `machine ${api} ${me}\n`.replaceAll(' ', '\t'),
  'one line, double blanks': `machine ${api} ${me}\n`.replaceAll(' ', '  '),
  'login on line 1, password on line 2': `machine ${git} login me@x.io\npassword old\n`,
  'two machines on one line': `${other} machine ${git} ${me}\n`,
  'default first': `default login anonymous password guest\n${other}\n`,
  'default last': `${other}\ndefault login anonymous password guest\n`,
  'macdef first': `macdef init\ncd /tmp\nls\n\n${other}\n`,
  'macro body that holds machine': `macdef init\nmachine ${api} login x password y\n\n${other}\n`,
  'commented-out Heroku line': `# machine ${git} ${me}\n`,
  'comment inside an entry': `machine ${git}\n  # mine\n  login me@x.io\n  password old\n`,
  'blank line inside an entry': `machine ${git}\n\n  login me@x.io\n\n  password old\n`,
  'text after a value': `machine ${git} # mine\n  login me@x.io # me\n  password old # secret\n`,
  'quoted password with a blank': `machine ${git}\n  login me@x.io\n  password "o l d"\n`,
  'quoted password': `machine ${git}\n  login me@x.io\n  password "old"\n`,
  'CRLF, several lines': lines('  ', git).replaceAll('\n', '\r\n'),
  'CRLF, one line': `machine ${git} ${me}\r\n`,
  '# inside a password': `machine ${git} login me@x.io password o#ld\n`,
  'duplicate host': `machine ${git} login a password one\nmachine ${git} login b password two\n`,
  'machine and host on two lines': `machine\n${git}\nlogin me@x.io\npassword old\n`,
  'byte order mark': `\u00ef\u00bb\u00bf${lines('  ', git)}`,
  'other machine whose line ends in a blank': `${other} \n`,
  'last line a comment without a newline': `${other}\n# end`,
  'comment directly above a Heroku entry': `# the shop\n${lines('  ', git)}`,
  'other machine, not indented, directly above': `machine example.com\nlogin a\npassword b\n${lines('  ', git)}`,
  'machine __proto__': 'machine __proto__ login a password b\n',
  'indented other machine': `  ${other}\n`,
  'indented two words': '  machine example.com\n  login a\n  password b\n',
  'tab before the first line': '\tmachine example.com\n\tlogin a\n\tpassword b\n',
  'blank line, then indented': '\n  machine example.com\n  login a\n  password b\n',
  'blank lines, then indented': `\n\n\n\t${other}\n`,
  'CRLF blank line, then indented': `\r\n  ${other}\r\n`,
  'no-break space first': `\u00c2\u00a0${other}\n`,
  'only a newline': '\n',
  'only blanks': '   ',
  'no final newline': other,
  'bytes that are not UTF-8': 'machine example.com login \u00e9\u00ff password \u0080b\n',
  'our own form by another hand': `${lines('  ', api, git)}machine example.com\n  login a\n  password b\n`,
};
