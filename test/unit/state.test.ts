// What the program records between two runs, and the options that install.sh recorded.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fingerprint } from '../../src/credentials/fingerprint.ts';
import { openState } from '../../src/credentials/state.ts';
import { defaults, readOptions } from '../../src/options.ts';
import { defaultTimeouts } from '../../src/timeouts.ts';
import { makeToken, newHome, output, temporaryFolder } from '../support/program.ts';

test('the fingerprint is what cksum prints, which the launcher of heroku uses', () => {
  for (const text of ['', 'a', makeToken('first'), 'x'.repeat(1000), '\u00fc']) {
    const [sum] = output('sh', ['-c', 'printf %s "$1" | cksum', 'sh', text]).split(' ');
    assert.equal(fingerprint(text), sum);
  }
});

describe('the state', () => {
  const folderOf = (home: string) => join(home, '.local/state/heroku-login');

  test('is for its user alone', () => {
    const home = newHome();
    const state = openState(home);
    assert.deepEqual(readdirSync(home), [], 'nothing before something is recorded');
    state.rejected.add('x');
    state.seen.write('abc');
    for (const [path, mode] of [
      ['', 0o700],
      [`refused-${fingerprint('x')}`, 0o600],
      ['seen', 0o600],
    ] as const) {
      assert.equal(statSync(join(folderOf(home), path)).mode & 0o777, mode, path);
    }
  });

  test('that is broken counts as none', () => {
    const home = newHome();
    const state = openState(home);
    assert.equal(state.last.read(), undefined);
    mkdirSync(folderOf(home), { recursive: true });
    writeFileSync(join(folderOf(home), 'last.json'), '{"report":');
    writeFileSync(join(folderOf(home), 'session-1'), '');
    assert.equal(state.last.read(), undefined);
    assert.deepEqual(state.containerTokens(), []);
  });

  test('is not made in a home that is missing, which may be a mount that is yet to come', () => {
    const home = join(newHome(), 'none');
    assert.equal(openState(home).rejected.add('x'), false);
    assert.equal(existsSync(home), false);
  });
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
    assert.deepEqual(defaults, {
      secretName: 'HEROKU_API_KEY',
      required: false,
      app: '',
      perContainerToken: false,
      containerRegistry: false,
    });
  });
});
