// What the program knows of the place it runs in.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  containerStart,
  containerTokenName,
  inCodespace,
  inPrebuild,
  repositoryName,
} from '../../src/codespace.ts';
import type { Context } from '../../src/context.ts';
import { makeContext } from '../support/context.ts';
import { root } from '../support/root.ts';

const codespace = { CODESPACES: 'true' };
const within = (env: Record<string, string>) => makeContext({ env });

test('a codespace is known by one value of one variable', () => {
  assert.equal(inCodespace(within(codespace)), true);
  for (const value of ['', 'false', '1', 'TRUE']) {
    assert.equal(inCodespace(within({ CODESPACES: value })), false, value);
  }
  assert.equal(inCodespace(within({})), false);
});

describe('a prebuild', () => {
  const id = 'CLOUDENV_ENVIRONMENT_ID';
  const others = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'CODESPACES_PREBUILD_TOKEN'];
  const signs = [`${id}=null`, ...others.map((name) => `${name}=x`)];
  const none = [`${id}=1234-abcd`, ...[id, ...others].map((name) => `${name}=`)];
  for (const assignment of [...signs, ...none]) {
    test(`${assignment}: ${signs.includes(assignment)}`, () => {
      const env = Object.fromEntries([assignment.split('=')]);
      assert.equal(inPrebuild(within({ ...codespace, ...env })), signs.includes(assignment));
      assert.equal(inPrebuild(within(env)), false, 'outside Codespaces');
    });
  }
});

describe('the repository', () => {
  test('has a name of the usual form, or none', () => {
    for (const name of ['octo/repo', 'a.b-c_d/E.f']) {
      assert.equal(repositoryName(within({ GITHUB_REPOSITORY: name })), name);
    }
    for (const name of ['', 'octo', 'a/b/c', 'a/b --x', 'a/b\n']) {
      assert.equal(repositoryName(within({ GITHUB_REPOSITORY: name })), undefined, name);
    }
  });
});

test("a container's own token is named after it, and only a codespace's name is unique", () => {
  const named = (env: Record<string, string>) => containerTokenName(within(env));
  const container = { name: 'Dev container host, user dev', isUnique: false };
  assert.deepEqual(named({}), container);
  assert.deepEqual(named({ CODESPACE_NAME: 'x' }), container);
  assert.deepEqual(named(codespace), container);
  const inIt = { ...codespace, CODESPACE_NAME: 'fluffy' };
  const home = '/home/dev';
  const inside = (changes: Partial<Context>) =>
    containerTokenName(makeContext({ home, ...changes }));
  const fluffy = { name: 'Codespace fluffy, user dev@host:/home/dev', isUnique: true };
  assert.deepEqual(inside({ env: inIt }), fluffy);
  const name = 'Codespace fluffy of octo/repo, user dev:/home/dev';
  const env = { ...inIt, GITHUB_REPOSITORY: 'octo/repo' };
  // What a codespace's own container is called does not count.
  assert.deepEqual(inside({ env, codespacesShared: root }), { name, isUnique: true });
});

test('a start of the container is told apart, and stays the same until the next', () => {
  assert.match(containerStart() ?? '', /^[0-9a-f-]{36}\/\d+$/);
  assert.equal(containerStart(), containerStart());
});
