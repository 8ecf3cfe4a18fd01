// install.sh in a container whose way to Heroku is odd: a proxy, a private certificate authority, wget
// instead of curl, connections that are cut.

import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Fault } from '../fake-heroku/fake-heroku.ts';
import { smallRelease } from '../support/cli-release.ts';
import { type Result, run } from '../support/command.ts';
import { runParts } from '../support/install-parts.ts';
import {
  type Container,
  container,
  installed,
  nodeVolume,
  noPauses,
  refused,
  serve,
  tinyRelease,
  toolsImage,
  useInstallRig,
} from '../support/install-rig.ts';
import { makeToken, temporaryFolder } from '../support/program.ts';
import { type Proxied, startProxied } from '../support/proxied.ts';

useInstallRig();

describe('install.sh', { concurrency: 2 }, () => {
  describe('behind a proxy, with a private certificate authority', { concurrency: 1 }, () => {
    let box: Container;
    let proxied: Proxied;
    let proxy: Proxied['proxy'];

    before(async () => {
      proxied = await startProxied((await tinyRelease()).dir);
      ({ proxy } = proxied);
      box = await container({ image: await toolsImage(), docker: await nodeVolume() });
      await run('docker', ['cp', proxied.certificates.ca, `${box.id}:/ca.crt`]);
    });
    after(() => proxied.close());

    /** Reads what versions there are, finds no such one, and ends. */
    async function readIndex(env: Record<string, string>): Promise<Result> {
      proxy.asked.length = 0;
      // The usual address: a name that only the proxy knows here.
      const result = await box.install({ env: { VERSION: '12', ...env } });
      assert.equal(result.code, 1);
      return result;
    }
    const through = () => proxy.asked.map(({ what }) => what);

    for (const downloader of ['curl', 'wget']) {
      describe(`with ${downloader}`, { concurrency: 1 }, () => {
        if (downloader === 'wget') {
          before(() => box.shell('mv /usr/bin/curl /curl'));
          after(() => box.shell('mv /curl /usr/bin/curl'));
        }

        for (const [proxyVariable, authority] of [
          ['https_proxy', 'CURL_CA_BUNDLE'],
          ['HTTPS_PROXY', 'SSL_CERT_FILE'],
          ['all_proxy', 'SSL_CERT_FILE'],
        ] as const) {
          test(`${proxyVariable} and ${authority}`, async () => {
            const env = { [proxyVariable]: proxy.url, [authority]: '/ca.crt' };
            const { stderr } = await readIndex(env);
            assert.match(stderr, /has no version 12 for/);
            assert.ok(through().length > 0);
            assert.deepEqual([...new Set(through())], ['CONNECT cli-assets.heroku.com:443']);
          });
        }

        for (const variable of ['no_proxy', 'NO_PROXY']) {
          test(variable, async () => {
            const { stderr } = await readIndex({
              ASSETSURL: `https://localhost:${proxied.tlsPort}`,
              HTTPS_PROXY: proxy.url,
              SSL_CERT_FILE: '/ca.crt',
              [variable]: 'example.com,localhost',
            });
            assert.match(stderr, /has no version 12 for/);
            assert.deepEqual(through(), []);
          });
        }

        test('an authority that nobody told of', async () => {
          const { stderr } = await readIndex({ https_proxy: proxy.url });
          assert.match(
            stderr,
            /certificate for https:\/\/cli-assets\S+ is not trusted[\s\S]*company/,
          );
        });

        for (const [name, how, said] of [
          [
            'wants a login',
            { login: 'me:s3cret' },
            /answered: (407|Proxy Auth)[\s\S]*user:password@/,
          ],
          ['forbids', { say: 'HTTP/1.1 403 Forbidden\r\n\r\n' }, /answered: (403|Forbidden)/],
        ] as const) {
          test(`a proxy that ${name}`, async () => {
            proxy.behave(how);
            const env = { SSL_CERT_FILE: '/ca.crt', https_proxy: proxy.url };
            const { stderr } = await readIndex(env);
            assert.match(stderr, /the proxy for https:\/\/cli-assets\S+ would not connect, and/);
            assert.match(stderr, said);
            assert.doesNotMatch(stderr, /trying again/);
            if ('login' in how) {
              const allowed = `http://${how.login}@${proxy.host}`;
              const { output } = await readIndex({ ...env, https_proxy: allowed });
              assert.match(output, /has no version 12 for/);
              assert.ok(!output.includes('s3cret'), output);
            }
            proxy.behave();
          });
        }
      });
    }

    test('installs; then heroku-login and git trust what the image does', async () => {
      // An address without a scheme, at which Node stops if it is to read it itself.
      const env = { https_proxy: proxy.host, NODE_USE_ENV_PROXY: '1' };
      await installed(box, { env: { SSL_CERT_FILE: '/ca.crt', ...env } });
      await box.shell('cp /ca.crt /usr/local/share/ca-certificates/ && update-ca-certificates');
      const token = makeToken('proxied');
      proxied.set({ accounts: [{ email: 'dev@example.com', token }] });
      const user = (more: Record<string, string>) => ({ user: 'vscode', env: { ...env, ...more } });
      const said = await box.shell('cd / && heroku-login', user({ HEROKU_API_KEY: token }));
      assert.equal(said, 'Heroku: logged in as dev@example.com (token does not expire)\n');
      await box.shell('cd / && git ls-remote https://git.heroku.com/my-app.git', user({}));
    });
  });

  for (const shell of ['dash', 'busybox']) {
    test(`BusyBox, which opens no tunnels, downloads nothing behind a proxy (${shell})`, async () => {
      const bin = temporaryFolder();
      symlinkSync('/bin/true', join(bin, 'ssl_client'));
      for (const [name, program] of Object.entries({
        wget: 'busybox',
        grep: 'grep',
        dirname: 'dirname',
      })) {
        const path = await run('sh', ['-c', `command -v ${program}`]);
        symlinkSync(path.trim(), join(bin, name));
      }
      const script = `PATH=${bin} protocol==https; find_downloader; echo "$downloader"`;
      const chosen = async (env: Record<string, string>) =>
        (await runParts(shell, script, env)).stdout.trim();
      assert.equal(await chosen({}), 'busybox');
      assert.equal(await chosen({ https_proxy: 'http://proxy:1' }), '');
      assert.equal(await chosen({ http_proxy: 'http://proxy:1' }), '');
    });
  }

  test('with wget instead of curl', async () => {
    const server = await serve(await smallRelease());
    const own = { image: await toolsImage(), docker: noPauses(), prepare: 'rm /usr/bin/curl' };
    const box = await container({ ...own, from: server });
    const faults: [RegExp, Fault['do']][] = [
      [/answered with 404/, { kind: 'status', status: 404 }],
      [/redirects to another URL/, { kind: 'redirect', to: 'http://127.0.0.1:9/' }],
      [/was cut; trying again/, { kind: 'truncate', bytes: 10 }],
    ];
    for (const [sentence, fault] of faults) {
      server.set({ faults: [{ host: 'assets', do: fault }] });
      await refused(box, sentence);
    }
    // The second attempt begins anew.
    const cut = { kind: 'truncate', bytes: 5e6 } as const;
    server.set({ faults: [{ path: '/versions/', times: 1, do: cut }] });
    const { output } = await installed(box);
    assert.match(output, /was cut; trying again in 1 s/);
    assert.match(await box.shell('heroku --version'), /^heroku\/11\.10\.0 /);
  });

  test('without curl: it is installed in spite of broken sources, their lists go again, and what was cut goes on', async () => {
    const server = await serve(await smallRelease());
    const box = await container({
      // Sources as they break: gone, without a signature, and nobody listens.
      prepare: `apt-get purge -y -qq curl ca-certificates git
        ln -s /nowhere /usr/local/bin/heroku
        mkdir /unsigned && touch /unsigned/Packages /unsigned/Release
        printf 'deb %s ./\\n' file:/gone file:/unsigned http://127.0.0.1:9/ >/etc/apt/sources.list.d/broken.list`,
      from: server,
    });
    // Trying again helps against each of these, with real pauses.
    server.set({
      faults: [
        { path: '/channels/', times: 1, do: { kind: 'status', status: 503 } },
        { path: '/versions/', times: 1, do: { kind: 'truncate', bytes: 1_000_000 } },
      ],
    });
    const { output } = await installed(box, { env: { VERSION: 'true' } });
    assert.match(output, /installing: curl/);
    assert.match(output, /file:\/unsigned.*\n[\s\S]*could not read all of its sources/);
    assert.match(output, /git is not installed\. If you add it later/);
    // This image has no zsh either.
    assert.match(
      await box.shell('cat /usr/local/lib/heroku-login/options.json'),
      /"lacks":"git zsh"/,
    );
    assert.match(output, /answered with 503; trying again[\s\S]*was cut; trying again/);
    assert.match(output, /replaced another heroku at \/usr\/local\/bin\/heroku/);
    // What had come of the download is not asked for again.
    const ranges = server.seen().flatMap(({ headers }) => headers['range'] ?? []);
    assert.deepEqual(ranges, ['bytes=1000000-']);
    const lists = 'find /var/lib/apt/lists /var/cache/apt -type f ! -name lock';
    assert.equal(await box.shell(lists), '');
    assert.match(await box.shell('heroku --version'), /^heroku\/11\.10\.0 /);
  });
});
