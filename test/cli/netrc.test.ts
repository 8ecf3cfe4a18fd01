// The editor of ~/.netrc, judged by those who read that file: libcurl, git (whose reader is libcurl)
// and the Heroku CLI's own parser.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import {
  addBlock,
  block,
  blocksAtTop,
  loginName,
  passwordFor,
  passwordForCli,
  removeBlock,
} from '../../src/credentials/netrc.ts';
import { cliNetrcParser } from '../support/cli-netrc-parser.ts';
import { makeToken, temporaryFolder } from '../support/program.ts';

const token = makeToken('new');
const ours = block({
  machines: ['api.heroku.com', 'git.heroku.com'],
  login: 'dev@example.com',
  password: token,
});

/** Every construct in the table of docs/facts/heroku.md part 3, as a file that a user may have. */
const constructs: Record<string, string> = {
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

test('every construct survives login and logout byte for byte', () => {
  for (const [name, text] of Object.entries(constructs)) {
    assert.equal(removeBlock(addBlock(text, ours), ours), text, name);
  }
});

test('ten thousand generated files survive login and logout byte for byte', () => {
  const line = fc.oneof(
    fc.constantFrom(
      ...['', ' ', '\t', '\r', '# note', 'default', 'macdef init', 'login a', '  password b'],
      ...['machine example.com', '  machine example.com login a password b', ours.slice(0, -1)],
      ...['machine api.heroku.com\n  login dev@example.com', '\u00ef\u00bb\u00bf', '\u00c2\u00a0x'],
    ),
    fc
      .string({ unit: 'binary', maxLength: 12 })
      .map((text) => Buffer.from(text).toString('latin1')),
  );
  const file = fc
    .tuple(fc.array(line, { maxLength: 8 }), fc.boolean())
    .map(([lines, newline]) => lines.join('\n') + (newline ? '\n' : ''));
  fc.assert(
    fc.property(file, (text) => {
      const stored = addBlock(text, ours);
      assert.ok(stored.startsWith(ours));
      assert.equal(removeBlock(stored, ours), text);
    }),
    { numRuns: 10_000 },
  );
});

test('a block is found at the top, and only there, and only in our form', () => {
  const found = (text: string) => blocksAtTop(text).map(({ text: found }) => found);
  const one = block({ machines: ['localhost:5000'], login: 'a', password: 'b' });
  assert.deepEqual(found(addBlock('rest\n', ours)), [ours, ours.slice(0, ours.length / 2)]);
  assert.deepEqual(found(one), [one, one]);
  assert.deepEqual(found(`\n${ours}`), []);
  assert.deepEqual(found(ours.replace('  login', '\tlogin')), []);
  assert.deepEqual(found('machine a\n  login b\n  password c'), []);
});

describe('what libcurl reads', () => {
  let server: Server;
  let port: number;
  before(async () => {
    // Answers with the password that came, so that curl prints it.
    server = createServer((request, response) => {
      const sent = (request.headers.authorization ?? '').replace('Basic ', '');
      const [, ...password] = Buffer.from(sent, 'base64').toString('latin1').split(':');
      response.end(password.join(':'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  after(() => server.close());

  function curl(text: string, host: string): Promise<string> {
    const file = join(temporaryFolder(), 'netrc');
    writeFileSync(file, text, 'latin1');
    const options = ['-s', '--netrc-file', file, '--connect-to', `${host}:80:127.0.0.1:${port}`];
    const child = spawn('curl', [...options, `http://${host}/`]);
    return new Promise((resolve, reject) => {
      let printed = '';
      child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
        printed += chunk;
      });
      child.on('error', reject);
      child.on('close', () => resolve(printed));
    });
  }

  for (const [name, text] of Object.entries(constructs)) {
    test(`our token for both hosts, and the rest as before: ${name}`, async () => {
      const stored = addBlock(text, ours);
      assert.equal(await curl(stored, 'git.heroku.com'), token);
      assert.equal(await curl(stored, 'api.heroku.com'), token);
      // A byte order mark at the start hides the whole file from libcurl; behind our entries it
      // hides no more than the word that it is glued to.
      if (name !== 'byte order mark') {
        assert.equal(await curl(stored, 'example.com'), await curl(text, 'example.com'));
      }
    });
  }

  test('passwordFor reads as libcurl does', async () => {
    for (const name of [
      'several lines, indented by blanks',
      'lines not indented',
      'duplicate host',
      'one line, tabs between words',
      'login on line 1, password on line 2',
      'quoted password',
      'machine and host on two lines',
      'text after a value',
      'two machines on one line',
    ]) {
      const text = constructs[name] ?? '';
      assert.equal(
        passwordFor(text, 'git.heroku.com') ?? '',
        await curl(text, 'git.heroku.com'),
        name,
      );
      assert.equal(
        passwordFor(text, 'api.heroku.com') ?? '',
        await curl(text, 'api.heroku.com'),
        name,
      );
    }
  });
});

describe("what the CLI's own parser reads", async () => {
  const parse = await cliNetrcParser();

  for (const [name, text] of Object.entries(constructs)) {
    test(`our token for both hosts, and the rest as before: ${name}`, () => {
      const present = decode(text);
      const stored = decode(addBlock(text, ours));
      assert.equal(parse(stored)['api.heroku.com']?.password, token);
      assert.equal(parse(stored)['git.heroku.com']?.password, token);
      assert.equal(parse(stored)['api.heroku.com']?.login, 'dev@example.com');
      assert.equal(parse(stored)['example.com']?.password, parse(present)['example.com']?.password);
    });

    test(`passwordForCli agrees: ${name}`, () => {
      for (const host of ['api.heroku.com', 'git.heroku.com', 'example.com']) {
        const theirs = parse(decode(text))[host]?.password;
        assert.equal(passwordForCli(text, host), theirs);
      }
    });
  }
});

test('an address becomes a login name only where no parser trips over it', () => {
  const names: [account: string, name: string][] = [
    ['dev@example.com', 'dev@example.com'],
    ['first.last+heroku@sub.example.co.uk', 'first.last+heroku@sub.example.co.uk'],
    ['two words@example.com', 'heroku'],
    ['line\nmachine evil.com', 'heroku'],
    ['"quoted"@example.com', 'heroku'],
    ['#comment', 'heroku'],
    ['colon:in@example.com', 'heroku'],
    ['back\\slash', 'heroku'],
    ['machine', 'heroku'],
    ['Password', 'heroku'],
    ['jos\u00e9@example.com', 'heroku'],
    ['', 'heroku'],
  ];
  for (const [account, name] of names) assert.equal(loginName(account), name, account);
});

function decode(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
