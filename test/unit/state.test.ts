// What the program records between two runs, and the options that install.sh recorded.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fingerprint } from '../../src/credentials/fingerprint.ts';
import { openState } from '../../src/credentials/state.ts';
import { defaults, readOptions } from '../../src/options.ts';
import { defaultTimeouts } from '../../src/timeouts.ts';
import { makeToken, newHome, output, temporaryFolder } from '../support/program.ts';
import { root } from '../support/root.ts';

test('the fingerprint is what cksum prints, which the launcher of heroku uses', () => {
  for (const text of ['', 'a', makeToken('first'), 'x'.repeat(1000), '\u00fc']) {
    const [sum] = output('sh', ['-c', 'printf %s "$1" | cksum', 'sh', text]).split(' ');
    assert.equal(fingerprint(text), sum);
  }
});

const folderOf = (home: string) => join(home, '.local/state/heroku-login');

describe('the state', () => {
  test('is for its user alone', () => {
    const home = newHome();
    const state = openState(home);
    assert.deepEqual(readdirSync(home), [], 'nothing before something is recorded');
    state.rejected.add('x');
    state.seen.write('abc');
    for (const [path, mode] of [
      ['', 0o700],
      [`rejected-${fingerprint('x')}`, 0o600],
      ['seen', 0o600],
    ] as const) {
      assert.equal(statSync(join(folderOf(home), path)).mode & 0o777, mode, path);
    }
  });

  test('is not made in a home that is missing, which may be a mount that is yet to come', () => {
    const home = join(newHome(), 'none');
    assert.equal(openState(home).rejected.add('x'), false);
    assert.equal(existsSync(home), false);
  });
});

// State of another form counts as absent.
const report = { outcome: 'rejected', sentence: 'x', expiresAt: null } as const;
const last = { report, tokens: ['1'], at: 1 };
const own = { id: 'x', of: '1', madeAt: 1, expiresAt: 2 };

/** A state whose file `name` holds this text. */
function withFile(name: string, text: string) {
  const home = newHome();
  const file = join(folderOf(home), name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return openState(home);
}

describe('the workspace', () => {
  for (const text of ['a\0b', '/a\0b', '', 'relative', './a', '\u001b[31m'])
    test(`counts as absent if it is no path: ${JSON.stringify(text)}`, () => {
      assert.equal(withFile('workspace', text).workspace.read(), undefined);
    });

  test('may have any name that a folder can have', () => {
    const path = '/work spaces/\u00fc\n"';
    assert.equal(withFile('workspace', path).workspace.read(), path);
  });
});

describe('the last login', () => {
  test('comes back as it was written', () => {
    const state = openState(newHome());
    assert.ok(state.last.write(last));
    assert.deepEqual(state.last.read(), last);
  });

  const others = [
    ...['', '{', 'null', '1', '[]', '{}', '{"report":null}', '{"report":[],"tokens":[],"at":1}'],
    ...[
      ...[{ outcome: 'toString' }, { sentence: 1 }, { details: 'x' }, { expiresAt: 1e300 }],
      { containerTokenExpiresAt: 'x' },
    ].map((change) => JSON.stringify({ ...last, report: { ...last.report, ...change } })),
    ...[{ tokens: '1' }, { tokens: [1] }, { at: null }].map((change) =>
      JSON.stringify({ ...last, ...change }),
    ),
  ];
  for (const text of others) {
    test(`is absent: ${text}`, () => {
      assert.equal(withFile('last.json', text).last.read(), undefined);
    });
  }
});

describe("a container's own token", () => {
  test('comes back as it was written, and is listed', () => {
    const state = openState(newHome());
    assert.ok(state.containerToken('7').write(own));
    assert.deepEqual(state.containerTokens(), [['7', own]]);
    assert.ok(state.containerToken('7').delete());
    assert.deepEqual(state.containerTokens(), []);
  });

  const others = [
    ...['', '{}', '[]', '1', 'null'],
    ...[{ id: 1 }, { of: 1 }, { madeAt: null }, { expiresAt: 1e300 }, { secretExpiresAt: 'x' }].map(
      (change) => JSON.stringify({ ...own, ...change }),
    ),
  ];
  for (const text of others) {
    test(`is absent: ${text}`, () => {
      const state = withFile('container-token-7', text);
      assert.equal(state.containerToken('7').read(), undefined);
      assert.deepEqual(state.containerTokens(), []);
    });
  }
});

describe('a link, a pipe, or a folder in the place of a file of the state', () => {
  const makers: Record<string, (path: string, target: string) => void> = {
    'a link': (path, target) => symlinkSync(target, path),
    'a link to nothing': (path, target) => symlinkSync(`${target}.none`, path),
    'a pipe': (path) => output('mkfifo', [path]),
    'a folder': (path) => mkdirSync(path),
    'a device': (path) => symlinkSync('/dev/zero', path),
  };
  for (const [name, make] of Object.entries(makers)) {
    test(`counts as absent, and nothing is written through it: ${name}`, () => {
      const home = newHome();
      const target = join(home, 'target');
      writeFileSync(target, JSON.stringify(last));
      const state = openState(home);
      state.seen.write('x');
      for (const file of [
        'last.json',
        'by-hand',
        `rejected-${fingerprint('x')}`,
        'container-token-7',
      ]) {
        make(join(folderOf(home), file), target);
      }
      assert.equal(state.last.read(), undefined);
      assert.equal(state.manual.exists(), false);
      assert.equal(state.rejected.has('x'), false);
      assert.deepEqual(state.containerTokens(), []);
      state.manual.mark();
      state.last.write(last);
      assert.equal(readFileSync(target, 'utf8'), JSON.stringify(last));
      assert.deepEqual(readdirSync(home).sort(), ['.local', 'target']);
    });
  }
});

describe('forgetting', () => {
  test('removes what we made, leftovers of killed logins too, and nothing else', () => {
    const home = newHome();
    const state = openState(home);
    state.last.write(last);
    for (const set of [state.written, state.rejected]) set.add('x');
    for (const one of [state.createdNetrc, state.manual, state.hide, state.notice]) one.mark();
    for (const one of [state.seen, state.workspace]) one.write('x');
    state.containerToken('7').write(own);
    writeFileSync(join(folderOf(home), 'hide.heroku-login-12-34'), '');
    assert.ok(state.clear());
    // What does not count any more outlives the logout.
    assert.deepEqual(readdirSync(folderOf(home)), ['hide']);
    assert.ok(state.clear(), 'once more');
  });

  test('leaves what is in a folder that a link leads to', () => {
    const home = newHome();
    const names = ['bundle.js', 'notice.txt', 'session-x', 'written-1x', 'seen.bak', 'sub'];
    mkdirSync(join(home, 'lib/heroku-login/sub'), { recursive: true });
    for (const name of names.slice(0, -1)) writeFileSync(join(home, 'lib/heroku-login', name), '');
    mkdirSync(join(home, '.local'));
    symlinkSync('../lib', join(home, '.local/state'));
    openState(home).clear();
    assert.deepEqual(readdirSync(join(home, 'lib/heroku-login')).sort(), names.sort());
  });

  test('goes on if a file of the state is a folder, and says that something is left', () => {
    const home = newHome();
    mkdirSync(join(folderOf(home), 'notice/sub'), { recursive: true });
    writeFileSync(join(folderOf(home), 'seen'), '');
    assert.equal(openState(home).clear(), false);
    assert.deepEqual(readdirSync(folderOf(home)), ['notice']);
  });
});

test('what cannot be written is said, not thrown', () => {
  const home = newHome();
  writeFileSync(join(home, '.local'), 'a file');
  const state = openState(home);
  assert.equal(state.last.write(last), false);
  assert.equal(state.written.add('x'), false);
  assert.equal(state.written.has('x'), false);
  assert.equal(state.last.read(), undefined);
});

describe('options.json', () => {
  const read = (text: string) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'options.json'), text);
    return readOptions(folder);
  };
  const none = { options: defaults, timeouts: defaultTimeouts };

  test('may be missing, empty, or hold a part', () => {
    assert.deepEqual(readOptions(temporaryFolder()), none);
    assert.deepEqual(read('{}'), none);
    assert.deepEqual(read('{"required":true,"timeouts":{"git":1}}'), {
      options: { ...defaults, required: true },
      timeouts: { ...defaultTimeouts, git: 1 },
    });
  });

  test('that cannot be understood is an error', () => {
    assert.throws(() => read('{'), SyntaxError);
  });

  test('has the defaults of devcontainer-feature.json', () => {
    const feature = JSON.parse(readFileSync(join(root, 'devcontainer-feature.json'), 'utf8'));
    // What the image lacks is recorded beside them.
    const { lacks, ...options } = defaults;
    assert.equal(lacks, '');
    for (const [name, value] of Object.entries(options)) {
      assert.equal(value, feature.options[name].default, name);
    }
  });
});
