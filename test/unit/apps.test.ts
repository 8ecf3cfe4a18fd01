// Heroku's answers and the option `app`, as pure functions.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isSameToken } from '../../src/heroku/authorizations.ts';
import { parseApps } from '../../src/tools/git-remotes.ts';

test('the option app names an app, or remotes with their apps', () => {
  assert.deepEqual(parseApps('my-app'), [{ remote: 'heroku', app: 'my-app' }]);
  assert.deepEqual(parseApps('staging=a-b-c,production=d1e'), [
    { remote: 'staging', app: 'a-b-c' },
    { remote: 'production', app: 'd1e' },
  ]);
});

describe('a token in the list of authorizations', () => {
  const same = ['abcdefgh', 'abc*gh', 'abc*', '*gh', 'abcde*fgh'];
  for (const part of [...same, 'abcdefgx', 'abcdef*efgh', 'xbc*gh', 'abc*gx', '*']) {
    const isSame = same.includes(part);
    test(`${part}: ${isSame ? 'can be' : 'is not'} abcdefgh`, () => {
      assert.equal(isSameToken('abcdefgh', part.replace('*', '**********')), isSame);
    });
  }
});
