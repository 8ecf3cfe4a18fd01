// What install.sh makes of an image, in a container: with the real Heroku CLI, then with a tiny one.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { type CliRelease, crowdedRelease } from '../fake-heroku/cli-release.ts';
import type { FakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { release, smallRelease } from '../support/cli-release.ts';
import { type Result, run } from '../support/command.ts';
import type { TlsHeroku } from '../support/fake-heroku.ts';
import {
  type Container,
  container,
  installed,
  nodeVolume,
  serve,
  tinyRelease,
  toolsImage,
  useInstallRig,
} from '../support/install-rig.ts';
import { makeToken } from '../support/program.ts';

useInstallRig();

const HELPER = 'credential.https://git.heroku.com.helper';
const gitHelpers = `git config --system --get-all ${HELPER}`;
// What somebody else had set stays, and does not count because of the reset after it.
const expectedHelpers = '!heroku git:credentials\n\n/usr/local/bin/heroku-login git-credential\n';

/** As Ubuntu and oh-my-zsh do, so that zsh completes at all. */
const zshrc = 'autoload -U compinit && compinit # its last line has no end';
const prepare = `git config --system credential.helper generic
  git config --system user.name me
  git config --system ${HELPER} '!heroku git:credentials'
  printf '${zshrc}' >/etc/zsh/zshrc
  ln -s /etc/zsh/zshrc /etc/zshrc && chown 7:8 /etc/zsh/zshrc && chmod 604 /etc/zsh/zshrc`;

const optionsFile = 'cat /usr/local/lib/heroku-login/options.json';

/** A user's terminal. */
const terminal = { user: 'vscode', env: { HOME: '/home/vscode', TERM: 'dumb' } };

// At once, to save time: each has a container of its own.
describe('an installation', { concurrency: 3 }, () => {
  describe('of the real CLI', { concurrency: 1 }, () => {
    let cli: CliRelease;
    let heroku: TlsHeroku;
    let box: Container;
    let first: Result;
    before(async () => {
      cli = await release();
      heroku = await serve(cli);
      box = await container({ image: await toolsImage(), prepare, from: heroku });
      await run('docker', ['cp', heroku.certificates.ca, `${box.id}:/ca.crt`]);
      first = await installed(box);
    });

    test('says what it did', () => {
      assert.match(first.stdout, /Heroku CLI 11\.10\.0 installed; heroku-login runs when/);
      assert.equal(first.stderr, '');
    });

    test('puts root-owned files in place, and nothing elsewhere', async () => {
      const listing = await box.shell(
        "cd /usr/local && stat -c '%n %U:%G %a' bin/* lib/* lib/heroku-login/* lib/heroku-login/mcp/*",
      );
      const commands = ['bin/docker-credential-heroku-login', 'bin/heroku', 'bin/heroku-login'];
      const folders = ['lib/heroku', 'lib/heroku-login', 'lib/heroku-login/mcp'];
      const inFolder = ['heroku', 'node', 'npx'].map((name) => `lib/heroku-login/mcp/${name}`);
      const files = [
        ...['heroku-login.cjs', 'heroku-login.cjs.cache', 'options.json', 'shell-notice.sh'],
        ...['start-cli.cjs', 'start-login.cjs'],
      ];
      const expected = [
        ...[...commands, ...folders, ...inFolder].map((name) => `${name} root:root 755`),
        ...files.map((name) => `lib/heroku-login/${name} root:root 644`),
      ];
      assert.deepEqual(listing.trim().split('\n').sort(), expected.sort());
      for (const nothing of [
        'find /usr/local/lib ! -user root -o -perm -o+w ! -type l',
        'ls -A /usr/local/lib /tmp /root | grep -i heroku-cli || true',
        'find /root -newer /feature/install.sh -name "*heroku*"',
      ])
        assert.equal(await box.shell(nothing), '', nothing);
    });

    test('records the options', async () => {
      assert.deepEqual(JSON.parse(await box.shell(optionsFile)), {
        ...{ secretName: 'HEROKU_API_KEY', app: '' },
        ...{ required: false, perContainerToken: false, containerRegistry: false, lacks: '' },
      });
    });

    test("sets git's helper for Heroku alone, with a reset before it", async () => {
      assert.equal(await box.shell(gitHelpers), expectedHelpers);
      assert.equal(await box.shell('git config --system credential.helper'), 'generic\n');
      assert.equal(await box.shell('git config --system user.name'), 'me\n');
    });

    test('gives every user both commands', async () => {
      const both = 'cd / && heroku --version && heroku-login --version';
      const said = await box.shell(both, { user: 'vscode' });
      assert.match(said, /^heroku\/11\.10\.0 linux-.*\nheroku-login 1\./);
    });

    for (const name of ['bash', 'zsh'] as const) {
      test(`${name} completes commands and options at a Tab, without a step of the user`, async () => {
        // Without one, zsh asks new users what should be in it.
        await box.shell('touch ~/.zshrc', terminal);
        // Each list is a new shell, whose first Tab loads what it completes from.
        for (const lines of [
          {
            'heroku ps:sc': 'heroku ps:scale',
            'heroku pg:backups:sch\t': 'heroku pg:backups:schedule',
            // The command apps has no such option: it is that of the whole command.
            'heroku apps:info --sh': 'heroku apps:info --shell',
          },
          {
            'heroku ps:scale --re': 'heroku ps:scale --remote',
            // What Heroku's command says at its first run does not get in between.
            'heroku apps:info --app ': 'heroku apps:info --app',
          },
        ]) {
          // After the Tab, Ctrl-A goes to the start of the line, which then shows what it has become.
          const typed = Object.keys(lines).map((line) => `${line}\t\u0001echo \u0005\n`);
          await box.shell('cat >/keys', { input: `${typed.join('')}exit\n` });
          const said = await box.shell(`cd && script -qec '${name} -i' /dev/null </keys`, terminal);
          const shown = Object.values(lines).map((line) => `${line} ?\n`);
          const inOrder = new RegExp(`^${shown.join('(?:.*\n)*')}`, 'm');
          assert.match(said.replaceAll('\r', ''), inOrder, said);
          assert.doesNotMatch(said, /terms of service/);
        }
      });
    }

    test('leaves out what lean names, and little more than half the CLI remains', async () => {
      const sizes = 'find "$1" -type f -printf \'%s\\n\'';
      const sum = (listing: string) =>
        listing.split('\n').reduce((total, line) => total + Number(line), 0);
      const { stdout } = await box.exec(['sh', '-c', sizes, 'sh', '/usr/local/lib/heroku']);
      const ratio = sum(stdout) / sum(await run('sh', ['-c', sizes, 'sh', cli.tree]));
      assert.ok(ratio <= 0.55 && ratio > 0.1, `${ratio.toFixed(3)} of the full size`);
      assert.match(await box.shell('heroku version:info 2>&1'), /11\.10\.0/);
    });

    test('a copy that updated itself into the home does not win', async () => {
      const script = `mkdir -p ~/.local/share/heroku/client/bin
      printf '#!/bin/sh\\necho self-updated\\n' >~/.local/share/heroku/client/bin/heroku
      chmod +x ~/.local/share/heroku/client/bin/heroku
      heroku --version`;
      assert.match(await box.shell(script, { user: 'vscode' }), /^heroku\/11\.10\.0 /);
    });

    test('heroku takes the token with what was pasted around it', async () => {
      const token = makeToken('pasted');
      heroku.set({ accounts: [{ email: 'dev@example.com', token }] });
      const hosts = { HEROKU_HOST: heroku.url, HEROKU_PARTICLEBOARD_URL: heroku.url };
      const pasted = { HEROKU_API_KEY: `\n "${token}"\r\n` };
      const env = { ...hosts, ...pasted, DISABLE_TELEMETRY: 'true' };
      const { stdout } = await box.exec(['heroku', 'whoami'], { env, user: 'vscode' });
      assert.equal(stdout, 'dev@example.com\n');
    });

    describe("a company's certificate counts for heroku as for heroku-login", () => {
      const anchors = '/usr/local/share/ca-certificates';
      const update = 'update-ca-certificates';
      const places: [
        name: string,
        isTrusted: boolean,
        put: string,
        env?: Record<string, string>,
      ][] = [
        ['nowhere', false, ':'],
        [
          'in a sub-folder',
          true,
          `mkdir -p ${anchors}/a/b && cp /ca.crt ${anchors}/a/b && ${update}`,
        ],
        [
          'in a package of certificates',
          true,
          `cp /ca.crt /usr/share/ca-certificates/company.crt && echo company.crt >>/etc/ca-certificates.conf && ${update}`,
        ],
        ['not yet made known', false, `cp /ca.crt ${anchors}`],
        ["appended to Debian's bundle", true, 'cat /ca.crt >>/etc/ssl/certs/ca-certificates.crt'],
        [
          "appended to Red Hat's bundle",
          true,
          'mkdir -p /etc/pki/tls/certs && cat /etc/ssl/certs/ca-certificates.crt /ca.crt >/etc/pki/tls/certs/ca-bundle.crt',
        ],
        ["in SUSE's bundle", true, 'cp /ca.crt /etc/ssl/ca-bundle.pem'],
        ["in OpenSSL's file", true, 'cp /ca.crt /etc/ssl/cert.pem'],
        ['in the folder of certificates alone', true, 'cp /ca.crt /etc/ssl/certs/company.pem'],
        [
          "in Red Hat's folder, not yet made known",
          false,
          'mkdir -p /etc/pki/ca-trust/source/anchors && cp /ca.crt /etc/pki/ca-trust/source/anchors',
        ],
        [
          "in SUSE's folder, not yet made known",
          false,
          'mkdir -p /etc/pki/trust/anchors && cp /ca.crt /etc/pki/trust/anchors',
        ],
        [
          "in Arch's folder, not yet made known",
          false,
          'mkdir -p /etc/ca-certificates/trust-source/anchors && cp /ca.crt /etc/ca-certificates/trust-source/anchors',
        ],
        ['in NODE_EXTRA_CA_CERTS', true, ':', { NODE_EXTRA_CA_CERTS: '/ca.crt' }],
        ['in SSL_CERT_FILE', true, ':', { SSL_CERT_FILE: '/ca.crt' }],
        ['in SSL_CERT_DIR', true, 'mkdir -p /d && cp /ca.crt /d/a.pem', { SSL_CERT_DIR: '/d' }],
        [
          'in the bundle, with another one for Node',
          true,
          `cat /ca.crt >>/etc/ssl/certs/ca-certificates.crt`,
          { NODE_EXTRA_CA_CERTS: '/other.crt' },
        ],
        [
          'in the bundle, with another one for all',
          true,
          `cat /ca.crt >>/etc/ssl/certs/ca-certificates.crt`,
          { SSL_CERT_FILE: '/other.crt' },
        ],
        [
          'in files for other programs',
          false,
          ':',
          { CURL_CA_BUNDLE: '/ca.crt', GIT_SSL_CAINFO: '/ca.crt', REQUESTS_CA_BUNDLE: '/ca.crt' },
        ],
      ];
      before(() =>
        box.shell(
          `tar -cf /certificates.tar -C / etc/ssl etc/ca-certificates.conf usr/local/share/ca-certificates
           ls /usr/share/ca-certificates/*/* | head -n 1 | xargs cat >/other.crt`,
        ),
      );
      for (const [name, isTrusted, put, more = {}] of places) {
        test(name, async () => {
          await box.shell(put);
          const token = makeToken('trusted');
          heroku.set({ accounts: [{ email: 'dev@example.com', token }] });
          const host = `https://localhost:${heroku.tlsPort}`;
          const hosts = { HEROKU_HOST: host, HEROKU_PARTICLEBOARD_URL: host };
          const own = { HEROKU_API_KEY: token, DISABLE_TELEMETRY: 'true' };
          const how = { user: 'vscode', env: { HOME: '/home/vscode', ...hosts, ...own, ...more } };
          try {
            const login = await box.exec(['heroku-login'], how);
            assert.equal(login.code, isTrusted ? 0 : 5, login.output);
            const whoami = await box.exec(['heroku', 'whoami'], how);
            assert.equal(whoami.code === 0, isTrusted, whoami.output);
          } finally {
            await box.shell(
              `rm -rf /etc/ssl /etc/pki /etc/ca-certificates /usr/share/ca-certificates/company.crt ${anchors}/* ~vscode/.netrc ~vscode/.local
               tar -xf /certificates.tar -C /`,
            );
          }
        });
      }
    });

    test('heroku starts no updater, not even if the environment is bare', async () => {
      const script =
        "env -i HOME=$HOME PATH=$PATH heroku whoami 2>&1; find ~/.cache/heroku -name '*autoupdate*'";
      const { stdout } = await box.exec(['sh', '-c', script], { user: 'vscode' });
      assert.match(stdout, /not logged in/i);
      assert.doesNotMatch(stdout, /autoupdate/);
    });
  });

  describe('of a tiny CLI', { concurrency: 1 }, () => {
    let heroku: FakeHeroku;
    let box: Container;
    const program = '/usr/local/lib/heroku-login/heroku-login.cjs';
    before(async () => {
      heroku = await serve(await tinyRelease());
      const docker = await nodeVolume();
      box = await container({ image: await toolsImage(), docker, prepare, from: heroku });
      await installed(box);
    });
    const hook = () => box.exec(['heroku-login', '--hook'], { user: 'vscode' });
    /** The hook with a program that does only this. */
    const hookWith = async (script: string) => {
      await box.shell(`cp ${program} /kept && echo '${script}' >${program}`);
      const result = await hook();
      await box.shell(`cp /kept ${program}`);
      return result;
    };

    test('heroku-login starts from what V8 made of it during the build', async () => {
      heroku.set({ accounts: [{ email: 'dev@example.com', token: makeToken('e') }] });
      const env = { HEROKU_HOST: heroku.url, HEROKU_API_KEY: makeToken('e') };
      // V8 tells by the length of the source that it is the same.
      await box.shell(`cp ${program} /kept && sed -i 's/logged in as/LOGGED IN AS/' ${program}`);
      const { output } = await box.exec(['heroku-login'], { env });
      await box.shell(`cp /kept ${program}`);
      assert.match(output, /^Heroku: logged in as dev@example\.com/);
    });

    test("heroku-login does not load what a project's NODE_OPTIONS name", async () => {
      const env = { NODE_OPTIONS: '--require ./not-there.js' };
      assert.equal((await box.exec(['heroku-login', '--version'], { env })).code, 0);
    });

    test("heroku-login does not print the token because of the project's NODE_DEBUG", async () => {
      const own = { HEROKU_HOST: heroku.url, HEROKU_API_KEY: makeToken('d') };
      const env = { NODE_DEBUG: 'http,net', ...own };
      const { code, output } = await box.exec(['heroku-login'], { env, user: 'vscode' });
      assert.equal(code, 4, output);
      assert.ok(!output.includes(makeToken('d')));
    });

    test('every new bash, login shell or not, says once what is wrong with the login', async () => {
      const hiding = 'To hide this line, set HEROKU_LOGIN_QUIET=yes.';
      const line = `Heroku: not logged in: HEROKU_API_KEY is not set. ${hiding} To log in, run: heroku-login`;
      for (const command of ['bash', 'bash -l']) {
        // A missing secret is said once after each start: this is the next one.
        await box.shell('rm -f ~vscode/.local/state/heroku-login/last.json');
        await hook();
        const said = await box.shell(`echo exit | script -qec '${command}' /dev/null`, terminal);
        assert.equal(said.replaceAll('\r', '').split(`${line}\n`).length - 1, 1, said);
      }
    });

    test('the files that shells read keep all else that they were', async () => {
      const block = await box.shell('tail -n 4 /etc/bash.bashrc');
      const ours = /^# >>> .*\n.*\/heroku-login\/shell-notice\.sh\n.* complete -F .*\n# <<< .*\n$/;
      assert.match(block, ours);
      const now = 'cat /etc/zsh/zshrc; stat -c "%u %g %a" /etc/zsh/zshrc; readlink /etc/zshrc';
      assert.equal(await box.shell(now), `${zshrc}\n${block}7 8 604\n/etc/zsh/zshrc\n`);
    });

    test('a heroku-login that dies does not fail the hook, and says so', async () => {
      const { code, stderr } = await hookWith('process.abort()');
      assert.equal(code, 0);
      assert.match(
        stderr,
        /crashed or was stopped \(exit code 134\)\. To try again, run: heroku-login/,
      );
      const notice = '0\nthe last login crashed. To try again, run: heroku-login\n';
      assert.equal(await box.shell('cat ~vscode/.local/state/heroku-login/notice'), notice);
    });

    test('a heroku-login that hangs ends within 20 s', async () => {
      const started = performance.now();
      assert.equal((await hookWith('setInterval(() => {}, 1e6)')).code, 0);
      assert.ok(performance.now() - started < 22_000);
    });

    test('again, with other options, an exact version and another shell: the new ones count', async () => {
      const recorded = {
        ...{ secretName: 'TEAM_TOKEN', app: 'my-app,staging=my-app-staging' },
        ...{ required: true, perContainerToken: true, containerRegistry: true },
      };
      const options = { ...recorded, version: 'v11.10.0', completion: false };
      const env = Object.fromEntries(
        Object.entries(options).map(([name, value]) => [name.toUpperCase(), String(value)]),
      );
      await box.shell('touch /usr/local/lib/heroku-login/of-an-older-build');
      await installed(box, { env, shell: 'bash' });
      assert.deepEqual(JSON.parse(await box.shell(optionsFile)), { ...recorded, lacks: '' });
      // New shells look at the variable of that name.
      const notice = await box.shell('cat /usr/local/lib/heroku-login/shell-notice.sh');
      assert.match(notice, /\$\{TEAM_TOKEN-\}/);
      assert.doesNotMatch(notice, /HEROKU_API_KEY/);
      assert.equal(await box.shell(gitHelpers), expectedHelpers);
      assert.equal(await box.shell('ls -A /usr/local/lib'), 'heroku\nheroku-login\n');
      assert.equal(await box.shell('grep -c shell-notice.sh /etc/bash.bashrc'), '1\n');
      const old =
        'find /usr/local/share -name "*heroku"; find /usr/local/lib/heroku-login -name "of-*"';
      assert.equal(await box.shell(old), '');
      assert.equal(await box.shell('grep complete /etc/bash.bashrc /etc/zsh/zshrc || true'), '');
      // With required, and only then, a failed login fails the hook.
      assert.equal((await hook()).code, 3);
      assert.equal((await hookWith('process.abort()')).code, 1);
    });
  });

  describe('of a CLI that is unlike the others', { concurrency: 2 }, () => {
    for (const [asked, first] of [
      ['11', /^\/versions\/.*json$/],
      ['beta', /^\/channels\/beta\//],
    ] as const) {
      test(`version ${asked} of many, if there is no room for what lean leaves out`, async () => {
        const fat = await tinyRelease({ 'node_modules/tiny/fat.js.map': '{}'.padEnd(20_000_000) });
        const docker = ['--tmpfs', '/usr/local/lib:size=10m,exec', ...(await nodeVolume())];
        const versions = ['11.9.0', '11.11.0-beta.1', '11.10.0', '11.2.1', '10.17.0'];
        const crowd = await serve(await crowdedRelease(fat, versions));
        const box = await container({ docker, from: crowd });
        await installed(box, { env: { VERSION: asked } });
        assert.match(crowd.seen()[0]?.path ?? '', first);
        assert.match(await box.shell('heroku --version'), /^heroku\/11\.10\.0 /);
      });
    }

    test('of version 10, whose program has another name', async () => {
      const entry = await readFile(join((await smallRelease()).tree, 'bin/run.js'), 'utf8');
      const old = await tinyRelease({ 'bin/run.js': null, 'bin/run': entry });
      const box = await container({ docker: await nodeVolume(), from: await serve(old) });
      await installed(box);
      assert.match(await box.shell('heroku --version'), /^heroku\/11\.10\.0 /);
    });

    test('of which lean would leave out too much: all of it is kept', async () => {
      const entry = '{ "main": "index.js.map" }';
      const odd = await tinyRelease({ 'node_modules/tiny/package.json': entry });
      const box = await container({ docker: await nodeVolume(), from: await serve(odd) });
      const { output } = await installed(box);
      // On two streams, which docker does not keep in order.
      assert.match(output, /index\.js\.map is an entry of a package$/m);
      assert.match(output, /this CLI version cannot be slimmed down \(see above\)/);
      const all = 'LICENSE\nREADME.md\nindex.d.ts\nindex.js\nindex.js.map\npackage.json\n';
      assert.equal(await box.shell('ls /usr/local/lib/heroku/node_modules/tiny'), all);
    });

    test('where /tmp runs no programs, TMPDIR leads nowhere, and new files are private', async () => {
      const docker = ['--tmpfs', '/tmp:noexec,size=64k', ...(await nodeVolume())];
      const box = await container({ docker });
      const heroku = await serve(await tinyRelease());
      const env = { TMPDIR: 'no such/folder' };
      const script = `umask 077; ASSETSURL=${heroku.url} VERSION=11.10 sh /feature/install.sh`;
      await box.shell(script, { env });
      assert.match(await box.shell('cd / && heroku --version', { user: 'vscode' }), /^heroku\/11/);
      assert.match(
        await box.shell('cd / && heroku-login --version', { user: 'vscode' }),
        /^heroku-l/,
      );
      assert.equal(await box.shell('ls -A /tmp; find /usr/local ! -perm -o+r'), '');
    });

    for (const [name, node] of [
      ['cannot be loaded', 'exit 127'],
      ['crashes, as with gcompat on Alpine', 'kill -SEGV $$'],
    ] as const) {
      test(`whose Node ${name}: the image's own is used`, async () => {
        const broken = await tinyRelease({ 'bin/node': `#!/bin/sh\n${node}\n` });
        const docker = await nodeVolume('/usr/local/bin/node');
        const box = await container({ docker, from: await serve(broken) });
        const { output } = await installed(box);
        assert.doesNotMatch(output, /installing/);
        assert.match(await box.shell('heroku --version'), /^heroku\/11\.10\.0 /);
        const user = { user: 'vscode' };
        assert.match(await box.shell('cd / && heroku-login --version', user), /^heroku-login 1\./);
      });
    }
  });
});
