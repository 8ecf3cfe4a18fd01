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

/** Every construct in the table of docs/facts/heroku.md part 3, as a file that a user may have. */
export const constructs: Record<string, string> = {
  nothing: '',
  'several lines, indented by blanks':
    'machine api.heroku.com\n  login me@x.io\n  password old\nmachine git.heroku.com\n  login me@x.io\n  password old\n',
  'several lines, indented by a tab': 'machine api.heroku.com\n\tlogin me@x.io\n\tpassword old\n',
  'one line per machine, single blanks':
    'machine api.heroku.com login me@x.io password old\nmachine git.heroku.com login me@x.io password old\n',
  'lines not indented': 'machine api.heroku.com\nlogin me@x.io\npassword old\n',
  'orphan lines that the CLI left behind': 'login me@x.io\npassword old\n',
  'one line, tabs between words': 'machine\tapi.heroku.com\tlogin\tme@x.io\tpassword\told\n',
  'one line, double blanks': 'machine  api.heroku.com  login  me@x.io  password  old\n',
  'login on line 1, password on line 2': 'machine git.heroku.com login me@x.io\npassword old\n',
  'two machines on one line':
    'machine example.com login a password b machine git.heroku.com login me@x.io password old\n',
  'default first':
    'default login anonymous password guest\nmachine example.com login a password b\n',
  'default last':
    'machine example.com login a password b\ndefault login anonymous password guest\n',
  'macdef first': 'macdef init\ncd /tmp\nls\n\nmachine example.com login a password b\n',
  'macro body that holds machine':
    'macdef init\nmachine api.heroku.com login x password y\n\nmachine example.com login a password b\n',
  'commented-out Heroku line': '# machine git.heroku.com login me@x.io password old\n',
  'comment inside an entry': 'machine git.heroku.com\n  # mine\n  login me@x.io\n  password old\n',
  'blank line inside an entry': 'machine git.heroku.com\n\n  login me@x.io\n\n  password old\n',
  'text after a value':
    'machine git.heroku.com # mine\n  login me@x.io # me\n  password old # secret\n',
  'quoted password with a blank': 'machine git.heroku.com\n  login me@x.io\n  password "o l d"\n',
  'quoted password': 'machine git.heroku.com\n  login me@x.io\n  password "old"\n',
  'CRLF, several lines': 'machine git.heroku.com\r\n  login me@x.io\r\n  password old\r\n',
  'CRLF, one line': 'machine git.heroku.com login me@x.io password old\r\n',
  '# inside a password': 'machine git.heroku.com login me@x.io password o#ld\n',
  'duplicate host':
    'machine git.heroku.com login a password one\nmachine git.heroku.com login b password two\n',
  'machine and host on two lines': 'machine\ngit.heroku.com\nlogin me@x.io\npassword old\n',
  'byte order mark': '\u00ef\u00bb\u00bfmachine git.heroku.com\n  login me@x.io\n  password old\n',
  'other machine whose line ends in a blank': 'machine example.com login a password b \n',
  'last line a comment without a newline': 'machine example.com login a password b\n# end',
  'comment directly above a Heroku entry':
    '# the shop\nmachine git.heroku.com\n  login me@x.io\n  password old\n',
  'other machine, not indented, directly above':
    'machine example.com\nlogin a\npassword b\nmachine git.heroku.com\n  login me@x.io\n  password old\n',
  'machine __proto__': 'machine __proto__ login a password b\n',
  'indented other machine': '  machine example.com login a password b\n',
  'indented two words': '  machine example.com\n  login a\n  password b\n',
  'tab before the first line': '\tmachine example.com\n\tlogin a\n\tpassword b\n',
  'blank line, then indented': '\n  machine example.com\n  login a\n  password b\n',
  'blank lines, then indented': '\n\n\n\tmachine example.com login a password b\n',
  'CRLF blank line, then indented': '\r\n  machine example.com login a password b\r\n',
  'no-break space first': '\u00c2\u00a0machine example.com login a password b\n',
  'only a newline': '\n',
  'only blanks': '   ',
  'no final newline': 'machine example.com login a password b',
  'bytes that are not UTF-8': 'machine example.com login \u00e9\u00ff password \u0080b\n',
  'our own form by another hand':
    'machine api.heroku.com\n  login me@x.io\n  password old\nmachine git.heroku.com\n  login me@x.io\n  password old\nmachine example.com\n  login a\n  password b\n',
};
