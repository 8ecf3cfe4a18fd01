// The table of tokens in docs/security.md: each cell that begins with `tried` is what our part, the real CLI, git
// and docker do with such a token.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Fault } from '../fake-heroku/fake-heroku.ts';
import { attempt, type Result } from '../support/command.ts';
import { installed } from '../support/installed.ts';
import { commitIn, temporaryFolder } from '../support/program.ts';
import { useProxied } from '../support/proxied.ts';
import { dev, token } from '../support/rig.ts';
import { root } from '../support/root.ts';

const rig = useProxied();
const project = temporaryFolder();
let folder: string;
let alone: string;
before(async () => {
  commitIn(project);
  folder = await installed({ containerRegistry: true });
  alone = await installed({ perContainerToken: true });
});

/** Runs a line of shell with what is in the image; the secret is in its environment only as `key`. */
async function shell(line: string, { key, image = folder }: { key?: string; image?: string } = {}) {
  const result = await attempt('sh', ['-c', line], {
    cwd: project,
    env: {
      ...rig.trusted(),
      https_proxy: rig.heroku.proxy.url,
      SSL_CERT_FILE: rig.heroku.certificates.ca,
      GIT_SSL_CAINFO: rig.heroku.certificates.ca,
      GIT_TERMINAL_PROMPT: '0',
      DISABLE_TELEMETRY: 'true',
      // Every test has a new home, and would fill a cache there.
      NODE_DISABLE_COMPILE_CACHE: '1',
      DOCKER_HOST: 'unix:///nowhere.sock',
      HOME: rig.home,
      PATH: `${image}/bin:${process.env['PATH']}`,
      ...(key === undefined ? {} : { HEROKU_API_KEY: key }),
    },
  });
  assert.ok(!result.output.includes(token), 'a token was printed');
  return result;
}

async function logIn(image = folder): Promise<string> {
  const { code, output } = await shell('heroku-login', { key: token, image });
  assert.equal(code, 0, output);
  return output;
}

const outcome = ({ code, output }: Result, expected: RegExp) =>
  code === 0 && expected.test(output)
    ? 'works'
    : /\b403\b|forbidden/i.test(output)
      ? 'refused'
      : output;

/** By the heading of the column: what it does, in the words of the table, and the request that may be refused. */
const columns: Record<string, { what: () => Promise<string>; request: Omit<Fault, 'do'> }> = {
  'log in': {
    what: async () => {
      const [, account = ''] = /logged in as (\S+)/.exec(await logIn()) ?? [];
      return account === dev.email
        ? 'works'
        : account.replace('heroku', 'works, account not shown');
    },
    request: { path: '/account', times: 1 },
  },
  'expiration date': {
    what: async () => (/expires in 29 days/.test(await logIn()) ? 'shown' : 'not shown'),
    request: { path: '/oauth/authorizations' },
  },
  '`heroku apps`': {
    what: async () => {
      await logIn();
      return outcome(await shell('heroku apps'), /^my-app$/m);
    },
    request: { path: '/users/~/apps' },
  },
  '`git push`': {
    what: async () => {
      await logIn();
      const push = 'git push https://git.heroku.com/my-app.git HEAD:refs/heads/main';
      return outcome(await shell(push), /main|up-to-date/);
    },
    request: { host: 'git' },
  },
  // Without an engine: docker asks the registry as it does before a push. container/docker.test.ts pushes.
  '`docker push`': {
    what: async () => {
      await logIn();
      const result = await shell('docker manifest inspect registry.heroku.com/my-app/web');
      return outcome(
        { ...result, code: /manifest unknown/.test(result.output) ? 0 : 1 },
        /unknown/,
      );
    },
    request: { host: 'registry' },
  },
  '`perContainerToken`': {
    what: async () => {
      await logIn(alone);
      return rig.stored()?.includes(token) ? 'secret stored' : 'works';
    },
    request: { method: 'POST', path: '/oauth/authorizations' },
  },
};

const [, section = ''] = readFileSync(join(root, 'docs/security.md'), 'utf8').split(
  '## Kinds of tokens',
);
const [head = [], , ...rows] = (section.split('\n## ')[0] ?? '')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test('the table has the columns and rows that it promises', () => {
  assert.deepEqual(head.slice(1), Object.keys(columns));
  const kinds = ['global', 'identity', 'read', 'read-protected', 'write', 'write-protected'];
  const others = ['team', 'deploy-only', 'any, if Heroku answers 403'];
  assert.deepEqual(
    rows.map(([name = '']) => name.replaceAll('`', '')),
    [...kinds, ...others],
  );
  for (const cell of rows.flatMap((row) => row.slice(1))) {
    assert.match(cell, /^(tried: [\w, ]+|documented: .*\(https:\/\/\S+\)\)|not known)$/);
  }
});

for (const [kind = '', ...cells] of rows) {
  describe(`a token of the kind ${kind}`, () => {
    for (const [index, cell] of cells.entries()) {
      const [, expected] = /^tried: (.*)$/.exec(cell) ?? [];
      const { what, request } = columns[head[index + 1] ?? ''] ?? assert.fail();
      if (expected === undefined) continue;
      test(`${head[index + 1]}: ${expected}`, async () => {
        const [, scope = 'global'] = /^`(.*)`$/.exec(kind) ?? [];
        rig.heroku.set({ accounts: [{ ...dev, scope: [scope] }], faults: [] });
        if (kind.includes('403')) rig.fail({ kind: 'status', status: 403 }, request);
        assert.equal(await what(), expected);
      });
    }
  });
}
