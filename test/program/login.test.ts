// heroku-login as a person and a container meet it: what it prints, what it writes, what it sends.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { login } from '../../src/commands/login.ts';
import { type Account, type FakeHeroku, startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { makeContext } from '../support/context.ts';
import {
  buildProgram,
  type Ended,
  makeToken,
  newHome,
  output,
  type Program,
  type RunOptions,
  temporaryFolder,
} from '../support/program.ts';

const token = makeToken('first');
const rotated = makeToken('second');
const day = 24 * 60 * 60;
const dev: Account = { email: 'dev@example.com', token, expiresIn: 29 * day };

let heroku: FakeHeroku;
let program: Program;
let home: string;

before(async () => {
  heroku = await startFakeHeroku({ dir: temporaryFolder() });
  program = await buildProgram();
});
after(() => heroku.close());
beforeEach(() => {
  home = newHome();
  heroku.set({ accounts: [dev], faults: [] });
  heroku.clearSeen();
});

/** Runs against the stand-in, with the token in the environment unless `env` says otherwise. */
async function run(args: readonly string[] = [], options: RunOptions = {}): Promise<Ended> {
  const env = { HEROKU_HOST: heroku.url, HEROKU_API_KEY: token, ...options.env };
  const result = await program.run(home, args, { ...options, env });
  for (const text of [result.stdout, result.stderr]) {
    assert.ok(!text.includes(token) && !text.includes(rotated), 'a token was printed');
  }
  return result;
}

const withoutToken = { env: { HEROKU_API_KEY: '' } };
const netrc = () => join(home, '.netrc');
const requests = () => heroku.seen().map(({ method, path }) => `${method} ${path}`);
const host = () => new URL(heroku.url).host;
const entry = (password: string) =>
  `machine ${host()}\n  login dev@example.com\n  password ${password}\n`;

describe('a login', () => {
  test('proves the token, stores it and says so in one line', async () => {
    const result = await run();
    assert.deepEqual(result, {
      code: 0,
      stdout: 'Heroku: logged in as dev@example.com (token expires in 29 days)\n',
      stderr: '',
    });
    assert.equal(readFileSync(netrc(), 'utf8'), entry(token));
    assert.equal(statSync(netrc()).mode & 0o777, 0o600);
    assert.deepEqual(requests(), ['GET /account', 'GET /oauth/authorizations']);
    const [first] = heroku.seen();
    assert.equal(first?.headers['authorization'], `Bearer ${token}`);
    assert.match(first?.headers['user-agent'] ?? '', /^heroku-login\/1\./);
    assert.equal(first?.headers['accept'], 'application/vnd.heroku+json; version=3');
  });

  test('keeps the token in ~/.netrc alone', async () => {
    await run();
    const found = output('grep', ['-rl', token, home]);
    assert.equal(found, `${netrc()}\n`);
  });

  test('leaves every other byte of ~/.netrc, and logout gives back the original', async () => {
    const original = '# mine\nmachine example.com login a password b\n\tmacdef x\nfoo \n\n# end';
    writeFileSync(netrc(), original);
    await run();
    assert.equal(readFileSync(netrc(), 'utf8'), entry(token) + original);
    heroku.clearSeen();
    const { code } = await run(['logout'], withoutToken);
    assert.equal(code, 0);
    assert.equal(readFileSync(netrc(), 'utf8'), original);
    assert.deepEqual(requests(), [], 'logout needs no network');
  });

  test('logout removes a ~/.netrc that was not there before, and leaves an empty one', async () => {
    await run();
    await run(['logout']);
    assert.equal(existsSync(netrc()), false);
    writeFileSync(netrc(), '');
    await run();
    await run(['logout']);
    assert.equal(readFileSync(netrc(), 'utf8'), '');
  });

  test('the second one changes nothing, not even the inode', async () => {
    await run();
    const before = statSync(netrc());
    assert.equal((await run()).code, 0);
    assert.deepEqual(
      [statSync(netrc()).ino, statSync(netrc()).ctimeMs],
      [before.ino, before.ctimeMs],
    );
  });

  test('a rotated token takes the place of the old one', async () => {
    writeFileSync(netrc(), 'machine example.com login a password b\n');
    await run();
    heroku.set({ accounts: [{ ...dev, token: rotated }] });
    await run([], { env: { HEROKU_API_KEY: rotated } });
    assert.equal(
      readFileSync(netrc(), 'utf8'),
      `${entry(rotated)}machine example.com login a password b\n`,
    );
  });

  test("a person's own login is shadowed, not lost, also where it holds the same token", async () => {
    for (const password of ['theirs', token]) {
      home = newHome();
      const original = `${entry(password)}machine example.com login a password b\n`;
      writeFileSync(netrc(), original);
      await run();
      assert.ok(readFileSync(netrc(), 'utf8').startsWith(entry(token)));
      await run(['logout']);
      assert.equal(readFileSync(netrc(), 'utf8'), original);
    }
  });

  test('what another process writes while Heroku answers survives', async () => {
    writeFileSync(netrc(), 'machine one.example login a password b\n');
    heroku.set({ faults: [{ host: 'api', do: { kind: 'delay', ms: 300 } }] });
    const login = run();
    await new Promise((resolve) => setTimeout(resolve, 200));
    writeFileSync(netrc(), 'machine two.example login c password d\n');
    assert.equal((await login).code, 0);
    assert.equal(
      readFileSync(netrc(), 'utf8'),
      `${entry(token)}machine two.example login c password d\n`,
    );
  });

  test('twelve at once all succeed, with one login in the file', async () => {
    const original = 'machine example.com login a password b\n';
    writeFileSync(netrc(), original);
    heroku.set({ accounts: [dev, { ...dev, token: rotated }] });
    const all = Array.from({ length: 12 }, (_, index) =>
      run([], { env: { HEROKU_API_KEY: index % 2 ? token : rotated } }),
    );
    for (const { code, stderr } of await Promise.all(all)) assert.equal(code, 0, stderr);
    const text = readFileSync(netrc(), 'utf8');
    assert.ok([entry(token) + original, entry(rotated) + original].includes(text), text);
    await run(['logout']);
    assert.equal(readFileSync(netrc(), 'utf8'), original);
    assert.deepEqual(readdirSync(home).sort(), ['.local', '.netrc']);
  });

  test('takes the token from standard input', async () => {
    const result = await run(['--with-token'], { ...withoutToken, input: `${token}\n` });
    assert.equal(result.code, 0);
    assert.equal(readFileSync(netrc(), 'utf8'), entry(token));
  });

  test('depends neither on the working directory nor on /tmp', async () => {
    const cwd = mkdtempSync(join(temporaryFolder(), 'gone-'));
    const child = run([], { cwd, env: { TMPDIR: '/none' } });
    rmSync(cwd, { recursive: true });
    assert.equal((await child).code, 0);
  });
});

describe('expiry', () => {
  const messages: [name: string, account: Partial<Account>, sentence: string][] = [
    ['in 90 days', { expiresIn: 90 * day - 5 }, ' (token expires in 90 days)'],
    ['in a day', { expiresIn: day }, ' (token expires in 24 hours)'],
    ['in minutes', { expiresIn: 300 }, ' (token expires within the hour)'],
    ['never', { expiresIn: null }, ' (token does not expire)'],
    ['not told to a narrow scope', { scope: ['identity'] }, ''],
  ];
  for (const [name, account, sentence] of messages) {
    test(name, async () => {
      heroku.set({ accounts: [{ ...dev, ...account }] });
      const { code, stdout } = await run();
      assert.equal(code, 0);
      assert.equal(stdout.split('\n')[0], `Heroku: logged in as dev@example.com${sentence}`);
    });
  }

  test('within the week comes with the next step', async () => {
    heroku.set({ accounts: [{ ...dev, expiresIn: 3 * day }] });
    const { stdout } = await run();
    assert.match(stdout, /expires in 3 days\)\n {2}the token expires soon: make a new one/);
  });

  test('is not asked for where little is left of the rate limit', async () => {
    const limit = (left: number) => ({ rateLimit: { size: 4500, left, perMinute: 0 } });
    heroku.set({ settings: limit(1000) });
    assert.equal((await run()).stdout, 'Heroku: logged in as dev@example.com\n');
    assert.deepEqual(requests(), ['GET /account']);
    heroku.set({ settings: limit(4500) });
    assert.match((await run()).stdout, /token expires in 29 days/);
  });

  test('a list that does not come is no reason to wait or to fail', async () => {
    heroku.set({ faults: [{ path: '/oauth/authorizations', do: { kind: 'reset' } }] });
    const { code, stdout } = await run();
    assert.deepEqual([code, stdout], [0, 'Heroku: logged in as dev@example.com\n']);
  });
});

describe('no token', () => {
  test('says how to get one, outside Codespaces', async () => {
    const { code, stderr, stdout } = await run([], withoutToken);
    assert.equal(code, 3);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /^Heroku: not logged in, because HEROKU_API_KEY is not set\. Make a token at/,
    );
    assert.match(stderr, /heroku-login --with-token\n$/);
    assert.equal(existsSync(netrc()), false);
    assert.deepEqual(requests(), []);
  });

  test('says how to get one, in Codespaces, for this repository', async () => {
    const env = { HEROKU_API_KEY: '', CODESPACES: 'true', GITHUB_REPOSITORY: 'acme/shop' };
    const { code, stderr } = await run([], { env });
    assert.equal(code, 3);
    assert.match(stderr, /this codespace has no secret HEROKU_API_KEY/);
    assert.match(stderr, /gh secret set HEROKU_API_KEY --user --repos acme\/shop/);
    // Codespaces blanks these in the output of hooks, see codespaces.md part 6.
    home = newHome();
    const hook = await run(['--hook'], { env });
    assert.doesNotMatch(hook.stderr, /\btrue\b|https:\/\/github\.com|acme|shop/);
    // What is pasted names the repository all the same.
    const [, repos = ''] = /--repos (\S+),/.exec(hook.stderr) ?? [];
    assert.equal(output('sh', ['-c', `printf %s ${repos}`]), 'acme/shop');
  });

  test("leaves a person's own login alone and says so", async () => {
    writeFileSync(netrc(), entry('theirs'));
    const { stderr } = await run([], withoutToken);
    assert.match(stderr, /the Heroku login that is in ~\/\.netrc already stays as it is/);
    assert.equal(readFileSync(netrc(), 'utf8'), entry('theirs'));
  });

  test('an unusable one is not sent anywhere', async () => {
    const { code, stderr } = await run([], { env: { HEROKU_API_KEY: 'my secret token' } });
    assert.equal(code, 3);
    assert.match(
      stderr,
      /HEROKU_API_KEY in the environment is not a Heroku token: it has white space inside/,
    );
    assert.ok(!stderr.includes('my secret'));
    assert.deepEqual(requests(), []);
  });

  test('nothing on standard input', async () => {
    const { code, stderr } = await run(['--with-token']);
    assert.equal(code, 3);
    assert.match(stderr, /no token came from standard input/);
  });
});

describe('a token that Heroku turns down', () => {
  const states: [state: NonNullable<Account['state']>, reason: RegExp][] = [
    ['revoked', /it is expired, revoked or mistyped \(401, unauthorized, request /],
    ['suspended', /the account is suspended \(403, suspended/],
    ['forbidden', /it is expired, or its scope is too narrow \(403, forbidden/],
    ['two_factor', /second factor/],
    ['delinquent', /unpaid bill \(402, delinquent/],
  ];
  for (const [state, reason] of states) {
    test(state, async () => {
      heroku.set({ accounts: [{ ...dev, state }] });
      const { code, stderr } = await run();
      assert.equal(code, 4);
      assert.match(
        stderr,
        /^Heroku: not logged in, because Heroku refused the token from HEROKU_API_KEY/,
      );
      assert.match(stderr, reason);
      assert.match(stderr, /Make a new one at https:\/\/dashboard\.heroku\.com/);
      assert.equal(existsSync(netrc()), false);
      assert.deepEqual(requests(), ['GET /account'], 'a 4xx is not tried again');
    });
  }

  test('an earlier login that is still good stays, and is named', async () => {
    await run();
    const { code, stderr } = await run([], { env: { HEROKU_API_KEY: rotated } });
    assert.equal(code, 4);
    assert.match(stderr, /^Heroku: Heroku refused the token from HEROKU_API_KEY/);
    assert.match(
      stderr,
      /the earlier login as dev@example\.com that is in ~\/\.netrc stays in use/,
    );
    assert.equal(readFileSync(netrc(), 'utf8'), entry(token));
  });

  test('an earlier login that was revoked meanwhile is not called good', async () => {
    await run();
    heroku.set({ accounts: [] });
    for (const env of [{ HEROKU_API_KEY: rotated }, {}]) {
      const { stderr } = await run([], { env });
      assert.match(stderr, /^Heroku: not logged in, because Heroku refused/);
    }
  });

  test('an earlier login that Heroku does not answer for counts as good', async () => {
    await run();
    heroku.set({
      faults: [
        { path: '/account', times: 1, do: { kind: 'status', status: 401 } },
        { path: '/account', do: { kind: 'reset' } },
      ],
    });
    const { stderr } = await run([], { env: { HEROKU_API_KEY: rotated } });
    assert.match(stderr, /the earlier login as dev@example\.com that is in/);
  });

  test('a good one further on is used instead, and the first place is named', async () => {
    const context = makeContext({ env: { HEROKU_HOST: heroku.url, HEROKU_API_KEY: rotated } });
    mkdirSync(context.runSecrets);
    writeFileSync(join(context.runSecrets, 'HEROKU_API_KEY'), token);
    const report = await login(context);
    assert.equal(report.outcome, 'logged_in');
    assert.match(
      report.details?.[0] ?? '',
      /refused the token from HEROKU_API_KEY in the environment/,
    );
    assert.equal(readFileSync(join(context.home, '.netrc'), 'utf8'), entry(token));
  });
});

describe('a secret that is gone from the codespace', () => {
  const lacking = (source: string) => {
    const env = { HEROKU_HOST: heroku.url, CODESPACES: 'true' };
    const context = makeContext({ home, env, trigger: 'hook' });
    mkdirSync(context.codespacesShared, { recursive: true });
    writeFileSync(join(context.codespacesShared, 'user-secrets-envs.json'), source);
    return context;
  };

  test('takes its login along at the next start, and nothing else', async () => {
    writeFileSync(netrc(), 'machine example.com login a password b\n');
    await run(['--hook']);
    const report = await login(lacking('{"CODESPACES":"true"}'));
    assert.equal(report.outcome, 'no_token');
    assert.match(report.sentence, /is gone from this codespace; the login that it had left/);
    assert.equal(readFileSync(netrc(), 'utf8'), 'machine example.com login a password b\n');
  });

  test("leaves a login by hand, a person's own one, and all of them without Codespaces' word", async () => {
    await run(['--with-token'], { ...withoutToken, input: token });
    for (const start of ['first', 'second']) {
      await login(lacking('{}'));
      assert.equal(readFileSync(netrc(), 'utf8'), entry(token), `${start} start`);
      rmSync(join(home, '.local/state/heroku-login/last.json'));
    }
    home = newHome();
    writeFileSync(netrc(), entry('theirs'));
    await login(lacking('{}'));
    assert.equal(readFileSync(netrc(), 'utf8'), entry('theirs'));
    home = newHome();
    await run();
    await login(lacking('not JSON'));
    assert.equal(readFileSync(netrc(), 'utf8'), entry(token));
  });
});

describe('Heroku that does not answer sensibly', () => {
  const faults: [name: string, fault: object, reason: RegExp, attempts: number][] = [
    ['cut connections', { kind: 'reset' }, /was cut \(ECONNRESET\)/, 4],
    ['503', { kind: 'status', status: 503 }, /has a fault of its own \(503/, 4],
    ['a captive portal', { kind: 'html' }, /something else than Heroku seems to answer/, 1],
    [
      'a redirect',
      { kind: 'redirect', to: 'http://127.0.0.1:1/' },
      /something else than Heroku/,
      1,
    ],
    [
      '401 by a proxy',
      { kind: 'status', status: 401, body: 'no' },
      /something else than Heroku/,
      1,
    ],
    ['a body without end', { kind: 'big', bytes: 50_000_000 }, /far more than an answer/, 4],
    ['half an answer', { kind: 'truncate', bytes: 10 }, /was cut/, 4],
    [
      'wrong types',
      { kind: 'status', status: 200, body: '{"email": 7}' },
      /something else than Heroku/,
      1,
    ],
    [
      'a rate limit for an hour',
      {
        kind: 'status',
        status: 429,
        headers: { 'retry-after': '3600' },
        body: '{"id":"rate_limit"}',
      },
      /too many requests of this account/,
      1,
    ],
  ];
  for (const [name, fault, reason, attempts] of faults) {
    test(name, async () => {
      heroku.set({ faults: [{ path: '/account', do: fault as never }] });
      const { code, stderr } = await run();
      assert.match(stderr, /^Heroku: could not log in, because /);
      assert.match(stderr, reason);
      assert.match(stderr, /Nothing was stored; the next start of the container tries again/);
      assert.equal(code, 5);
      assert.equal(existsSync(netrc()), false);
      assert.equal(requests().length, attempts);
    });
  }

  test('a passing fault is tried again until it heals', async () => {
    heroku.set({
      faults: [
        { path: '/account', times: 1, do: { kind: 'reset' } },
        {
          path: '/account',
          times: 1,
          do: {
            kind: 'status',
            status: 429,
            headers: { 'retry-after': '1' },
            body: '{"id":"rate_limit"}',
          },
        },
        { path: '/account', times: 1, do: { kind: 'status', status: 500 } },
      ],
    });
    const started = performance.now();
    assert.equal((await run()).code, 0);
    assert.ok(performance.now() - started > 1000, 'Retry-After was honoured');
    assert.equal(requests().filter((request) => request === 'GET /account').length, 4);
  });

  test('nobody listens', async () => {
    const { code, stderr } = await run([], { env: { HEROKU_HOST: 'http://127.0.0.1:9' } });
    assert.equal(code, 5);
    assert.match(stderr, /refused the connection \(ECONNREFUSED/);
  });

  test('no TLS where it should be', async () => {
    const plain = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const { port } = plain.address() as { port: number };
    const { code, stderr } = await run([], { env: { HEROKU_HOST: `https://localhost:${port}` } });
    plain.close();
    assert.equal(code, 5);
    assert.match(stderr, /something else than Heroku answers for localhost:/);
  });

  test('an earlier login is kept, and named', async () => {
    await run();
    heroku.set({ faults: [{ do: { kind: 'status', status: 503 } }] });
    const { code, stderr } = await run();
    assert.equal(code, 5);
    assert.match(stderr, /The login as dev@example\.com that is in ~\/\.netrc stays/);
    assert.equal(readFileSync(netrc(), 'utf8'), entry(token));
  });
});

describe('~/.netrc that cannot be used', () => {
  test('a folder in its place', async () => {
    mkdirSync(netrc());
    const { code, stderr } = await run();
    assert.equal(code, 6);
    assert.match(
      stderr,
      /token of dev@example\.com is good, but it could not be stored in ~\/\.netrc/,
    );
  });

  test('no home folder: none is made', async () => {
    home = join(home, 'none');
    const { code, stderr } = await run();
    assert.equal(code, 6);
    assert.match(stderr, /could not be stored/);
    assert.equal(existsSync(home), false);
  });

  test('a link into a repository that tracks it: the token stays out, and the link stays', async () => {
    const dotfiles = join(home, 'dotfiles');
    mkdirSync(dotfiles);
    writeFileSync(join(dotfiles, 'netrc'), 'machine example.com login a password b\n');
    symlinkSync('dotfiles/netrc', netrc());
    const git = (...args: string[]) =>
      output('git', ['-C', dotfiles, '-c', 'user.name=x', '-c', 'user.email=x@x', ...args], {
        env: { PATH: process.env['PATH'] ?? '', HOME: home },
      });
    git('init', '-q');
    git('add', 'netrc');
    git('commit', '-qm', 'x');
    const { code, stderr } = await run();
    assert.equal(code, 6);
    assert.match(stderr, /git tracks that file \(.*dotfiles\/netrc\) in .*dotfiles/);
    assert.equal(git('status', '--porcelain'), '');
    // Without git's eye on it, the same link is followed.
    git('rm', '-q', '--cached', 'netrc');
    assert.equal((await run()).code, 0);
    assert.ok(readFileSync(join(dotfiles, 'netrc'), 'utf8').startsWith(entry(token)));
  });

  test('a ~/.netrc.gpg, which the CLI prefers, is told of', async () => {
    writeFileSync(`${netrc()}.gpg`, 'x');
    const { code, stdout } = await run();
    assert.equal(code, 0);
    assert.match(stdout, /there is a ~\/\.netrc\.gpg, which the Heroku CLI reads instead/);
  });
});

describe('the hook', () => {
  test('the start hook right after the create hook asks and says nothing', async () => {
    assert.match((await run(['--hook'])).stdout, /logged in as/);
    heroku.clearSeen();
    assert.deepEqual(await run(['--hook']), { code: 0, stdout: '', stderr: '' });
    assert.deepEqual(requests(), []);
  });

  test('it asks again for another token, and puts back what was taken out', async () => {
    await run(['--hook']);
    rmSync(netrc());
    assert.deepEqual(await run(['--hook']), { code: 0, stdout: '', stderr: '' });
    assert.equal(readFileSync(netrc(), 'utf8'), entry(token));
    heroku.set({ accounts: [{ ...dev, token: rotated }] });
    assert.match((await run(['--hook'], { env: { HEROKU_API_KEY: rotated } })).stdout, /logged in/);
    assert.equal(readFileSync(netrc(), 'utf8'), entry(rotated));
  });

  test('ends with 0 whatever happens', async () => {
    assert.equal((await run(['--hook'], withoutToken)).code, 0);
    heroku.set({ accounts: [] });
    const refused = await run(['--hook']);
    assert.equal(refused.code, 0);
    assert.match(refused.stderr, /refused the token/);
    home = join(home, 'none');
    assert.equal((await run(['--hook'])).code, 0);
  });

  test('with the option required a failed login fails it, and a good one does not', async () => {
    const strict = await buildProgram({ secretName: 'HEROKU_API_KEY', required: true });
    const env = { HEROKU_HOST: heroku.url };
    assert.equal((await strict.run(home, ['--hook'], { env })).code, 3);
    const good = { env: { ...env, HEROKU_API_KEY: token } };
    assert.equal((await strict.run(home, ['--hook'], good)).code, 0);
    assert.equal((await strict.run(home, ['--hook'], good)).code, 0);
    const prebuild = { CODESPACES: 'true', CLOUDENV_ENVIRONMENT_ID: 'null' };
    assert.equal((await strict.run(home, ['--hook'], { env: { ...env, ...prebuild } })).code, 0);
  });

  test('a hanging Heroku holds it for less than 15 s', async () => {
    heroku.set({ faults: [{ do: { kind: 'hang' } }] });
    const started = performance.now();
    const { code, stderr } = await run(['--hook']);
    assert.equal(code, 0);
    assert.match(stderr, /did not answer in time/);
    assert.ok(performance.now() - started < 15_000);
  });

  test('a dripping Heroku too', async () => {
    heroku.set({ faults: [{ do: { kind: 'slow', bytesPerSecond: 5 } }] });
    const started = performance.now();
    assert.equal((await run(['--hook'])).code, 0);
    assert.ok(performance.now() - started < 15_000);
  });

  for (const [name, env] of Object.entries<Record<string, string>>({
    'by its environment id': { CLOUDENV_ENVIRONMENT_ID: 'null' },
    'by its Actions token': { ACTIONS_ID_TOKEN_REQUEST_URL: 'x' },
    'by its own secret': { CODESPACES_PREBUILD_TOKEN: 'x' },
  })) {
    test(`does nothing in a prebuild, known ${name}`, async () => {
      const { code, stderr } = await run(['--hook'], { env: { CODESPACES: 'true', ...env } });
      assert.equal(code, 0);
      assert.match(stderr, /nothing is done in a prebuild/);
      assert.deepEqual(readdirSync(home), []);
      assert.deepEqual(requests(), []);
    });
  }
});

describe('status', () => {
  test('tells whose token it is and who would use it', async () => {
    await run();
    const { code, stdout } = await run(['status'], withoutToken);
    assert.equal(code, 0);
    const [first, cli, git] = stdout.split('\n');
    assert.equal(
      first,
      'Heroku: logged in as dev@example.com (token expires in 29 days), with the token from ~/.netrc',
    );
    assert.match(cli ?? '', /heroku CLI: .*uses this token, from ~\/\.netrc/);
    assert.match(git ?? '', /git: +uses this token, from ~\/\.netrc/);
  });

  test('tells what would win over it', async () => {
    await run();
    const other = await run(['status', '--json'], { env: { HEROKU_API_KEY: rotated } });
    assert.equal(other.code, 4);
    writeFileSync(`${netrc()}.gpg`, 'x');
    const gpg = await run(['status', '--json'], withoutToken);
    assert.deepEqual(JSON.parse(gpg.stdout).cli.uses, '~/.netrc.gpg');
    mkdirSync(join(home, 'bin'));
    writeFileSync(join(home, 'bin/secret-tool'), '', { mode: 0o755 });
    mkdirSync(join(home, '.local/share/heroku'), { recursive: true });
    writeFileSync(join(home, '.local/share/heroku/login.json'), '{}');
    const env = { HEROKU_API_KEY: '', PATH: `${join(home, 'bin')}:${process.env['PATH']}` };
    const keychain = await run(['status'], { env });
    assert.match(keychain.stdout, /heroku CLI: .*keychain/);
    const ignored = await run(['status', '--json'], {
      env: { ...env, HEROKU_NETRC_WRITE: 'TRUE' },
    });
    assert.deepEqual(JSON.parse(ignored.stdout).cli.uses, '~/.netrc.gpg');
  });

  test('changes nothing and ends with the codes of a login', async () => {
    assert.equal((await run(['status'], withoutToken)).code, 3);
    heroku.set({ accounts: [] });
    assert.equal((await run(['status'])).code, 4);
    heroku.set({ faults: [{ do: { kind: 'html' } }] });
    assert.equal((await run(['status'])).code, 5);
    assert.deepEqual(readdirSync(home), []);
  });
});

describe('--json', () => {
  test('a login', async () => {
    const { stdout, stderr } = await run(['--json']);
    const { expiresAt, ...rest } = JSON.parse(stdout);
    assert.equal(stderr, '');
    assert.deepEqual(rest, {
      outcome: 'logged_in',
      code: 0,
      message: 'logged in as dev@example.com (token expires in 29 days)',
      details: [],
      account: 'dev@example.com',
      source: 'HEROKU_API_KEY in the environment',
    });
    assert.ok(Math.abs(Date.parse(expiresAt) - Date.now() - 29 * day * 1000) < 60_000);
  });

  test('a failure', async () => {
    const { code, stdout, stderr } = await run(['--json'], withoutToken);
    assert.deepEqual([code, stderr], [3, '']);
    assert.equal(JSON.parse(stdout).outcome, 'no_token');
  });
});

describe('the command line', () => {
  for (const args of [
    ['frobnicate'],
    ['login', token],
    ['--frobnicate'],
    ['status', '--hook'],
    ['--json=x'],
  ]) {
    test(`code 2 for ${args.join(' ').replace(token, 'a token')}`, async () => {
      const { code, stderr } = await run(args);
      assert.equal(code, 2);
      assert.match(stderr, /See: heroku-login --help\n$/);
      assert.deepEqual(requests(), []);
    });
  }

  test('--help and --version need nothing', async () => {
    home = '/none';
    assert.match((await run(['--help'])).stdout, /^Usage: heroku-login/);
    assert.match((await run(['--version'])).stdout, /^heroku-login \d+\.\d+\.\d+\n$/);
  });
});
