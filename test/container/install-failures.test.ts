// install.sh in a container: if it fails, it says why and what to do, and the image is as it was.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { type CliRelease, releasePaths } from '../fake-heroku/cli-release.ts';
import type { Fault } from '../fake-heroku/fake-heroku.ts';
import { smallRelease } from '../support/cli-release.ts';
import { run } from '../support/command.ts';
import type { TlsHeroku } from '../support/fake-heroku.ts';
import {
  assertFailed,
  type Container,
  container,
  type How,
  nodeVolume,
  noPauses,
  PATH,
  refused,
  serve,
  tinyRelease,
  toolsImage,
  useInstallRig,
} from '../support/install-rig.ts';
import { makeToken, temporaryFolder } from '../support/program.ts';

useInstallRig();

let cli: CliRelease;
/** For the first container alone, which has its authority in `/ca.crt`: serves {@link cli}. */
let heroku: TlsHeroku;

before(async () => {
  cli = await tinyRelease();
  heroku = await serve(cli);
});

describe('install.sh leaves the image as it was:', { concurrency: 2 }, () => {
  describe('one container, which stays untouched', { concurrency: 1 }, () => {
    let box: Container;
    before(async () => {
      box = await container({ docker: [...noPauses(), ...(await nodeVolume())] });
      await run('docker', ['cp', heroku.certificates.ca, `${box.id}:/ca.crt`]);
    });

    /** @param fault of the server while it is asked. */
    async function refuses(sentence: RegExp, how: How, fault?: Fault): Promise<void> {
      heroku.set({ faults: fault ? [fault] : [] });
      const { ASSETSURL = heroku.url } = how.env ?? {};
      const url = ASSETSURL.replace('TLS', String(heroku.tlsPort));
      const { output } = await refused(box, sentence, {
        ...how,
        env: { ...how.env, ASSETSURL: url },
      });
      heroku.set({ faults: [] });
      assert.ok(!output.includes(makeToken('x')), 'a token was printed');
    }
    /** How long it waited between attempts; each is reported once. */
    const pauses = () => box.shell('cat /pauses 2>/dev/null; rm -f /pauses');

    const from = (ASSETSURL: string): How => ({ env: { ASSETSURL } });
    const status = (status: number): Fault => ({ host: 'assets', do: { kind: 'status', status } });
    const page = { kind: 'html' } as const;
    const cut = { kind: 'truncate', bytes: 2000 } as const;
    const leave: Fault = {
      path: '/channels/',
      do: { kind: 'redirect', to: 'http://127.0.0.1:9/' },
    };
    const trusting = { ASSETSURL: 'https://localhost:TLS', CURL_CA_BUNDLE: '/ca.crt' };
    const token = { env: { SECRETNAME: makeToken('x') } };
    // The rules of the options, and which release they mean, are told by test/unit/install-*.test.ts.
    const atOnce: [name: string, how: How, sentence: RegExp, fault?: Fault][] = [
      ['not root', { user: 'vscode' }, /must run as root[\s\S]*sudo sh install\.sh/],
      [
        'a token as secretName',
        token,
        /must not be a token[\s\S]*NAME of the secret[\s\S]*revoke it/,
      ],
      [
        'a version that does not exist',
        { env: { VERSION: '11.9.99' } },
        /no version 11\.9\.99[\s\S]*nearest versions are: 11\.10\.0/,
      ],
      ['404', {}, /answered with 404/, status(404)],
      [
        'the page of a proxy',
        {},
        /does not contain what Heroku publishes there\. Nothing was installed\.[\s\S]*proxy/,
        { host: 'assets', do: page },
      ],
      ['a page as download', {}, /corrupt or has been modified/, { path: '/versions/', do: page }],
      [
        'a certificate that nobody vouches for',
        from('https://localhost:TLS'),
        /certificate for https:\/\/localhost:\d+\/.* is not trusted/,
      ],
      ['a redirect to http', { env: trusting }, /redirects to a URL that is not https/, leave],
    ];
    for (const [name, how, sentence, fault] of atOnce) {
      test(name, async () => {
        await refuses(sentence, how, fault);
        assert.equal(await pauses(), '');
      });
    }

    const afterPauses: [name: string, how: How, sentence: RegExp, fault?: Fault][] = [
      [
        'nobody listens',
        from('http://127.0.0.1:9'),
        /connection for http:\/\/127\.0\.0\.1:9\/channels\/stable\/.* was refused[\s\S]*reachable while images are built/,
      ],
      [
        'a name that is not known',
        from('https://mirror.invalid'),
        /could not resolve the host in https:\/\/mirror\.invalid\//,
      ],
      [
        'a server error that stays',
        {},
        /answered with 503; trying again in 1 s[\s\S]*could not look up the newest Heroku CLI: .* answered with 503/,
        status(503),
      ],
      [
        'a download that is cut each time',
        {},
        /tar\.gz was cut; trying again in 1 s[\s\S]*again in 4 s[\s\S]*could not download the Heroku CLI \S+: /,
        { path: '/versions/', do: cut },
      ],
    ];
    for (const [name, how, sentence, fault] of afterPauses) {
      test(name, async () => {
        await refuses(sentence, how, fault);
        assert.equal(await pauses(), '1\n4\n');
      });
    }

    const sums = /corrupt or has been modified \(SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}\)/;
    for (const [name, wrong, sentence] of [
      [
        'version',
        { version: '11.9.0' },
        /archive of the Heroku CLI 11\.9\.0 contains version 11\.10\.0/,
      ],
      ['sum', { sha256gz: '0'.repeat(64) }, sums],
    ] as const) {
      test(`an archive that has another ${name} than the manifest says`, async () => {
        const file = join(cli.dir, releasePaths(cli).manifest);
        const body = JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...wrong });
        const fault: Fault = { path: '/channels/', do: { kind: 'status', status: 200, body } };
        await refuses(sentence, {}, fault);
      });
    }

    const dies = 'console.error("no such thing"); process.exit(1);\n';
    const releases: [name: string, make: () => Promise<CliRelease>, sentence: RegExp][] = [
      ['a release that is cut', cutRelease, sums],
      [
        'a CLI without a program',
        () => tinyRelease({ 'bin/run.js': null }),
        /unexpected layout in the archive of the Heroku CLI/,
      ],
      [
        'a CLI that does not run',
        () => tinyRelease({ 'bin/run.js': dies }),
        /^no such thing\n[\s\S]*does not run in this image/m,
      ],
    ];
    for (const [name, make, sentence] of releases) {
      test(name, async () => refuses(sentence, from((await serve(await make())).url)));
    }
  });

  test('no network at all', async () => {
    const box = await container({ docker: ['--network', 'none', ...noPauses()] });
    await refused(box, /could not resolve the host in https:\/\/cli-assets\.heroku\.com\//);
  });

  for (const [when, size] of [
    ['while Node is unpacked', async () => 60_000_000],
    // Room for every file of the CLI, whose last page is seldom full, but not for heroku-login.
    ['when the CLI is complete', async () => (await sizeOf((await smallRelease()).tree)) + 60_000],
  ] as const) {
    test(`a disk that gets full ${when}`, async () => {
      const docker = ['--tmpfs', `/usr/local/lib:size=${await size()},exec`];
      const box = await container({ docker, from: await serve(await smallRelease()) });
      assertFailed(await box.install(), /Is the disk full\?/);
      assert.equal(await box.shell('ls -A /usr/local/lib /usr/local/bin | grep -v :'), '\n');
    });
  }

  test('an image without glibc whose Node is missing, or too old', async () => {
    // Debian 12 has Node 18. Programs that start through a loader of another name, as musl's do.
    const box = await container({
      image: await toolsImage(),
      prepare: `loader=$(ls /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1 2>/dev/null)
        other=$(echo "$loader" | sed s/ld-linux/ld-other/)
        mkdir /other && cp "$loader" "$other"
        for program in sh id uname dirname readlink find head curl tar gzip sha256sum mktemp mkfifo node; do
          sed "s|$loader|$other|g" "$(readlink -f "$(command -v "$program")")" >"/other/$program"
        done
        chmod +x /other/* && rm "$loader"`,
    });
    const installed = () =>
      box.exec(['/other/sh', '/feature/install.sh'], { env: { PATH: '/other' } });
    const sentence = /neither glibc[^\n]* nor Node 20 or newer[^\n]*\n[^\n]*base:bookworm/;
    assert.match((await box.exec(['/other/node', '--version'])).stdout, /^v18\./);
    assertFailed(await installed(), sentence);
    // As Alpine 3.16 would, which has Node 16.
    const apk = `printf "#!/other/sh\\n" >/other/apk && /other/node -e "fs.chmodSync('/other/apk', 0o755)"`;
    await box.exec(['/other/sh', '-c', apk]);
    const tried = await installed();
    assert.match(tried.stdout, /installing: nodejs/);
    assertFailed(tried, sentence);
  });

  describe('what is missing is asked of the package manager of the image', () => {
    for (const [manager, ...calls] of [
      ['apt-get', 'update -qq', 'install -y -qq --no-install-recommends curl'],
      ['apk', 'add --quiet --no-cache curl'],
      ['dnf', 'install -y -q --setopt=install_weak_deps=False curl', 'clean all -q'],
      ['microdnf', 'install -y --nodocs curl', 'clean all'],
      ['yum', 'install -y -q curl', 'clean all -q'],
      ['zypper', '--non-interactive --quiet install --no-recommends curl', '--quiet clean --all'],
      ['pacman', '--sync --refresh --noconfirm --needed --quiet curl'],
    ] as const) {
      test(manager, async () => {
        // One that says it did and did not.
        const box = await container({
          prepare: `rm /usr/bin/curl /usr/bin/apt-get
            printf '#!/bin/sh\necho "$@" >>/calls\n' >/usr/bin/${manager} && chmod +x /usr/bin/${manager}`,
        });
        const result = await box.install();
        assert.equal(await box.shell('cat /calls'), `${calls.join('\n')}\n`);
        assertFailed(
          result,
          /still missing after \S+ installed it: curl\. Installed curl, but nothing else\.$/m,
        );
      });
    }
  });

  test('what is missing cannot be installed, and the source that is broken is named', async () => {
    const box = await container({
      docker: ['--network', 'none'],
      prepare: `apt-get purge -y -qq curl && apt-get clean
        echo 'deb file:/no-such-source ./' >/etc/apt/sources.list.d/broken.list`,
    });
    const { stderr } = await refused(box, /apt-get could not install: curl[^\n]*\n.*Dockerfile/);
    assert.match(stderr, /file:\/no-such-source[\s\S]*could not read all of its sources/);
  });

  test('a Node that starts neither in the CLI nor in the image', async () => {
    const node = '#!/bin/sh\necho "no such loader" >&2; exit 127\n';
    const broken = await tinyRelease({ 'bin/node': node });
    // Its Node is 18, and root alone can run the other one.
    const box = await container({
      image: await toolsImage(),
      docker: await nodeVolume('/root/bin/node'),
      from: await serve(broken),
    });
    for (const path of [PATH, `/root/bin:${PATH}`]) {
      const sentence = /^no such loader\n[\s\S]*does not run in this image, which has no Node 20/m;
      const result = await box.install({ env: { PATH: path } });
      assertFailed(result, sentence);
      assert.doesNotMatch(result.output, /installing/);
      assert.equal(await box.shell('ls -A /usr/local/lib /usr/local/bin | grep -v :'), '\n');
    }
  });

  test("git's configuration that cannot be written", async () => {
    const prepare = 'echo "[broken" >/etc/gitconfig';
    const from = await serve(cli);
    const box = await container({ docker: await nodeVolume(), prepare, from });
    await refused(box, /could not write git's system-wide configuration/);
  });

  for (const folder of ['/usr/local/share', '/usr/local/bin', '/usr/local']) {
    test(`${folder}, which is read-only`, async () => {
      const docker = ['--volume', `${temporaryFolder()}:${folder}:ro`, ...(await nodeVolume())];
      const box = await container({ docker, from: await serve(cli) });
      const { stderr } = await refused(box, /could not (create|install) \/usr\/local\//);
      assert.match(stderr, /Read-only file system/);
    });
  }

  test('something that cannot be moved into place', async () => {
    const file = join(temporaryFolder(), 'mounted');
    writeFileSync(file, 'mine\n');
    const mount = ['--volume', `${file}:/usr/local/bin/heroku-login`];
    const box = await container({
      docker: [...mount, ...(await nodeVolume())],
      prepare: `mkdir /usr/local/lib/heroku && echo old >/usr/local/lib/heroku/old
        echo mine >/usr/local/bin/heroku`,
      from: await serve(cli),
    });
    await refused(box, /could not back up \/usr\/local\/bin\/heroku-login/);
    assert.equal(await box.shell('ls -A /usr/local/lib'), 'heroku\n');
  });
});

/** A release whose tarball ends early, in the middle of a large file. */
async function cutRelease(): Promise<CliRelease> {
  const whole = await tinyRelease({ LICENSE: randomBytes(3_000_000).toString('base64') });
  truncateSync(join(whole.dir, releasePaths(whole).tarball), 1_000_000);
  return whole;
}

/** Bytes that a folder takes on a file system of pages. */
const sizeOf = async (folder: string) =>
  Number.parseInt(await run('du', ['-sk', folder]), 10) * 1024;
