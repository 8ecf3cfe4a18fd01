// install.sh, run as the image build runs it: as root in a real container, against the stand-in.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stage } from '../../scripts/build.ts';
import { baseImage } from '../codespace/base-image.ts';
import { makeCertificates } from '../fake-heroku/certificates.ts';
import {
  brokenRelease,
  type CliRelease,
  crowdedRelease,
  releasePaths,
} from '../fake-heroku/cli-release.ts';
import { type FakeHeroku, type Fault, startFakeHeroku } from '../fake-heroku/fake-heroku.ts';
import { release } from '../support/cli-release.ts';
import { attempt, type Result, run } from '../support/command.ts';
import { makeToken, temporaryFolder } from '../support/program.ts';
import { type Proxied, startProxied } from '../support/proxied.ts';
import type { TunnelProxy } from '../support/proxy.ts';
import { root } from '../support/root.ts';

const feature = join(root, 'dist/src/heroku-cli');
const containers: string[] = [];

const HELPER = 'credential.https://git.heroku.com.helper';

let cli: CliRelease;
/** Of the successful installations; what is to fail has its own, so that both can run at once. */
let heroku: FakeHeroku;
let failing: FakeHeroku;
let ca: string;

before(async () => {
  await stage();
  cli = await release();
  heroku = await startFakeHeroku({ dir: temporaryFolder(), releases: cli.dir });
  const certificates = makeCertificates(temporaryFolder());
  ca = certificates.ca;
  failing = await startFakeHeroku({
    dir: temporaryFolder(),
    releases: cli.dir,
    tls: {
      cert: readFileSync(certificates.cert, 'utf8'),
      key: readFileSync(certificates.key, 'utf8'),
    },
  });
});
after(async () => {
  await attempt('docker', ['rm', '--force', ...containers]);
  await heroku.close();
  await failing.close();
});

/** A container that idles, with the built Feature in /feature. */
async function container(...options: string[]): Promise<string> {
  const network = options.includes('--network') ? [] : ['--network', 'host'];
  const id = await run('docker', [
    ...['run', '--detach', '--init', ...network, '--volume', `${feature}:/feature:ro`],
    ...[...options, await baseImage(), 'sleep', 'infinity'],
  ]);
  containers.push(id.trim());
  return id.trim();
}

interface How {
  env?: Record<string, string>;
  user?: string;
  shell?: string;
  input?: string;
}

const exec = (
  id: string,
  command: readonly string[],
  { env = {}, user = 'root', input = '' }: How = {},
) =>
  attempt(
    'docker',
    [
      ...['exec', '--interactive', '--user', user],
      ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...[id, ...command],
    ],
    { input },
  );

const shell = async (id: string, script: string, how?: How): Promise<string> => {
  const { code, stdout, output } = await exec(id, ['sh', '-c', script], how);
  assert.equal(code, 0, `${script}\n${output}`);
  return stdout;
};

const install = (id: string, how: How = {}): Promise<Result> =>
  exec(id, [how.shell ?? 'sh', '/feature/install.sh'], {
    ...how,
    env: { ASSETSURL: heroku.url, ...how.env },
  });

/** Every file that an installation may touch: name, type, size, owner, mode and time. */
async function fileSystem(id: string): Promise<Set<string>> {
  // A folder's time also tells that something was there for a while, which is no harm.
  const format = "-type d -printf '%p %u %m\\n' -o -printf '%p %y %s %u %m %T@\\n'";
  const listing = await shell(id, `find /usr /etc /opt /root /home /var -xdev ${format}`);
  return new Set(listing.split('\n'));
}

/** Fails where an installation did not, or did not say what is wrong and, in a line of its own, what to do. */
function assertFailed({ code, stderr }: Result, sentence: RegExp): void {
  assert.equal(code, 1, stderr);
  assert.match(stderr, sentence);
  assert.match(
    stderr,
    /^heroku-cli: ERROR: .+\. Nothing was installed( but .+)?\.\nheroku-cli: [A-Z].+\n$/m,
  );
}

async function assertUntouched(id: string, before: ReadonlySet<string>): Promise<void> {
  const now = await fileSystem(id);
  assert.deepEqual(
    [
      ...[...now].filter((line) => !before.has(line)),
      ...[...before].filter((line) => !now.has(line)),
    ],
    [],
  );
}

// At once, to save time: each has containers and a stand-in of its own.
describe('install.sh', { concurrency: 3 }, () => {
  describe('what fails leaves nothing behind', { concurrency: 1 }, () => {
    let id: string;
    let untouched: Set<string>;
    /** Has many versions, in no order, of which one can be downloaded. */
    let crowd: FakeHeroku;
    const versions = [
      ...['11.2.1', '11.11.0-beta.1', '11.10.0', '10.17.0', '110.0.0', '11.9.0', '9.5.1', '10.9.3'],
    ];
    before(async () => {
      id = await container();
      await shell(
        id,
        'mkdir /fake && printf "#!/bin/sh\\necho riscv64\\n" >/fake/uname && chmod +x /fake/uname',
      );
      await shell(
        id,
        'mkdir /fake-os && printf "#!/bin/sh\\necho FreeBSD\\n" >/fake-os/uname && chmod +x /fake-os/uname',
      );
      await run('docker', ['cp', ca, `${id}:/ca.crt`]);
      const releases = await crowdedRelease(cli, join(temporaryFolder(), 'release'), versions);
      crowd = await startFakeHeroku({ dir: temporaryFolder(), releases });
      untouched = await fileSystem(id);
    });
    after(() => crowd.close());

    const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    const manifest = (text: string): Fault => ({
      path: '/channels/stable/',
      do: { kind: 'status', status: 200, body: text },
    });
    const good = {
      version: '1.2.3',
      sha256gz: 'a'.repeat(64),
      gz: 'https://x/versions/1/a.tar.gz',
    };
    const altered = (change: object) => manifest(JSON.stringify({ ...good, ...change }));
    const nothingPublished =
      /does not hold what Heroku publishes there\. Nothing was installed\.[\s\S]*proxy/;

    const table: [name: string, how: How, sentence: RegExp, fault?: Fault][] = [
      ['not root', { user: 'vscode' }, /must run as root[\s\S]*sudo sh install\.sh/],
      [
        'another architecture',
        { env: { PATH: `/fake:${path}` } },
        /no Heroku CLI for (the architecture )?riscv64/,
      ],
      ['another system', { env: { PATH: `/fake-os:${path}` } }, /no Heroku CLI for FreeBSD/],
      [
        'a version that is none',
        { env: { VERSION: 'newest' } },
        /option version is neither latest nor beta nor/,
      ],
      [
        'a version with a command in it',
        { env: { VERSION: '1.0.0$(touch /etc/x)' } },
        /option version/,
      ],
      ['a version that ends with a dot', { env: { VERSION: '11.' } }, /option version/],
      ['a version of four numbers', { env: { VERSION: '1.2.3.4' } }, /option version/],
      [
        'a version that does not exist',
        { env: { VERSION: '11.9.99' } },
        /no version 11\.9\.99[\s\S]*nearest ones are: 11\.10\.0/,
      ],
      [
        'a beginning that no version has',
        { env: { VERSION: '9' } },
        /no version 9 of[\s\S]*nearest ones are: 11\.10\.0/,
      ],
      ['lean with another word', { env: { LEAN: '1' } }, /option lean is neither true nor false/],
      [
        'completion with another word',
        { env: { COMPLETION: 'bash' } },
        /option completion is neither true nor false/,
      ],
      [
        'a token as secretName',
        { env: { SECRETNAME: makeToken('x') } },
        /looks like a token[\s\S]*NAME of the secret[\s\S]*revoke it/,
      ],
      [
        'an old token as secretName',
        { env: { SECRETNAME: '01234567-89ab-cdef-0123-456789abcdef' } },
        /looks like a token/,
      ],
      ['a secretName with blanks', { env: { SECRETNAME: 'A B' } }, /not the name of a secret/],
      [
        "a secretName of GitHub's",
        { env: { SECRETNAME: 'GITHUB_TOKEN' } },
        /not the name of a secret/,
      ],
      [
        'containerRegistry with another word',
        { env: { CONTAINERREGISTRY: 'docker' } },
        /option containerRegistry is neither true nor false/,
      ],
      ['required with another word', { env: { REQUIRED: 'yes' } }, /neither true nor false/],
      [
        'perContainerToken with another word',
        { env: { PERCONTAINERTOKEN: '1' } },
        /option perContainerToken is neither/,
      ],
      ['an app with a command in it', { env: { APP: 'my-app$(id)' } }, /option app is neither/],
      ['the address of an app', { env: { APP: 'https://git.heroku.com/a.git' } }, /no address/],
      ['an app in capitals', { env: { APP: 'My-App' } }, /option app is neither/],
      ['a list of apps with a blank', { env: { APP: 'a=my-app, b=my-app' } }, /no blanks/],
      ['a list of apps that ends early', { env: { APP: 'my-app,' } }, /option app is neither/],
      [
        'a remote like an option',
        { env: { APP: '--upload-pack=my-app' } },
        /option app is neither/,
      ],
      ['a remote that leads upwards', { env: { APP: 'a..b=my-app' } }, /option app is neither/],
      ['a remote without a name', { env: { APP: '=my-app' } }, /option app is neither/],
      [
        'two apps for one remote',
        { env: { APP: 'heroku=one,two' } },
        /two apps .* heroku[^\n]*\n.*own/,
      ],
      [
        'plain http elsewhere',
        { env: { ASSETSURL: 'http://mirror.example' } },
        /not an https address/,
      ],
      [
        'http to a name like localhost',
        { env: { ASSETSURL: 'http://localhost.evil.example' } },
        /not an https address/,
      ],
      [
        'a password in assetsUrl',
        { env: { ASSETSURL: 'https://me:secret@mirror.example' } },
        /not an https address/,
      ],
      ['a command in assetsUrl', { env: { ASSETSURL: 'https://x/`id`' } }, /not an https address/],
      [
        'nobody listens',
        { env: { ASSETSURL: 'http://127.0.0.1:9' } },
        /connection for http:\/\/127\.0\.0\.1:9\/channels\/stable\/.* was refused[\s\S]*reachable while images are built/,
      ],
      [
        'a name that is not known',
        { env: { ASSETSURL: 'https://mirror.invalid' } },
        /name in https:\/\/mirror\.invalid\/.* is not known/,
      ],
      ['404', {}, /answered with 404/, { host: 'assets', do: { kind: 'status', status: 404 } }],
      [
        'a server error that stays',
        {},
        /answered with 503; trying again in 1 s[\s\S]*because .* answered with 503/,
        { host: 'assets', do: { kind: 'status', status: 503 } },
      ],
      ['the page of a proxy', {}, nothingPublished, { host: 'assets', do: { kind: 'html' } }],
      [
        'a page instead of the index',
        { env: { VERSION: '11.10.0' } },
        nothingPublished,
        { host: 'assets', do: { kind: 'html' } },
      ],
      ['a manifest without a sum', {}, nothingPublished, altered({ sha256gz: '' })],
      ['a manifest with a command as version', {}, nothingPublished, altered({ version: '1;id' })],
      [
        'a manifest that leads elsewhere',
        {},
        nothingPublished,
        altered({ gz: 'https://evil.example/heroku.tar.gz' }),
      ],
      [
        'a manifest that leads upwards',
        {},
        nothingPublished,
        altered({ gz: 'https://x/versions/../../a.tar.gz' }),
      ],
      [
        'a page instead of the download',
        {},
        /damaged or was altered/,
        { path: '/versions/', do: { kind: 'html' } },
      ],
      [
        'a download that is cut each time',
        {},
        /tar\.gz was cut; trying again in 1 s[\s\S]*again in 4 s[\s\S]*could not be downloaded, because/,
        { path: '/versions/', do: { kind: 'truncate', bytes: 100_000 } },
      ],
    ];
    for (const [name, how, sentence, fault] of table) {
      test(name, async () => {
        failing.set({ faults: fault ? [fault] : [] });
        const env = { ASSETSURL: failing.url, ...how.env };
        const result = await install(id, { ...how, env });
        assertFailed(result, sentence);
        assert.ok(!result.output.includes(makeToken('x')), 'a token was printed');
        await assertUntouched(id, untouched);
      });
    }

    // Which one was chosen shows in what could not be had of it.
    for (const [asked, chosen] of [
      ['11.9', '11.9.0'],
      ['11.2', '11.2.1'],
      ['10', '10.17.0'],
      ['9', '9.5.1'],
      ['v10.9.3', '10.9.3'],
      ['11.11.0-beta.1', '11.11.0-beta.1'],
    ] as const) {
      test(`version ${asked} of many is ${chosen}`, async () => {
        const manifest = `/versions/${chosen}/0000000/heroku-v${chosen}-0000000-linux-`;
        const result = await install(id, { env: { ASSETSURL: crowd.url, VERSION: asked } });
        assertFailed(result, /manifest of the Heroku CLI .* could not be read, because/);
        assert.ok(result.stderr.includes(`because ${crowd.url}${manifest}`), result.stderr);
        await assertUntouched(id, untouched);
      });
    }

    for (const [asked, nearest] of [
      ['11.9.7', '11.9.0'],
      ['11.3.0', '11.2.1 11.9.0 11.10.0'],
      // Neither 11.10.0 nor a preview begins so.
      ['11.1', '11.2.1 11.9.0 11.10.0'],
      ['11.11', '11.2.1 11.9.0 11.10.0'],
      ['12', '10.17.0 11.2.1 11.9.0 11.10.0 110.0.0'],
    ] as const) {
      test(`version ${asked} is not there, but ${nearest}`, async () => {
        const result = await install(id, { env: { ASSETSURL: crowd.url, VERSION: asked } });
        assertFailed(result, /there is no version \S+ of the Heroku CLI for linux-/);
        assert.ok(result.stderr.includes(`The nearest ones are: ${nearest} \n`), result.stderr);
        await assertUntouched(id, untouched);
      });
    }

    for (const [name, path, change, sentence] of [
      [
        'a version whose manifest is that of another one',
        '/versions/11.9.0/',
        {},
        /manifest for the Heroku CLI 11\.9\.0 is one for 11\.10\.0/,
      ],
      [
        'an archive that holds another version',
        '/versions/11.9.0/',
        { version: '11.9.0' },
        /archive of the Heroku CLI 11\.9\.0 holds version 11\.10\.0/,
      ],
    ] as const) {
      test(name, async () => {
        const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
        const { manifest } = releasePaths(arch, cli.version, cli.sha7);
        const facts = JSON.parse(readFileSync(join(cli.dir, manifest), 'utf8')) as object;
        const body = JSON.stringify({ ...facts, ...change });
        crowd.set({ faults: [{ path, do: { kind: 'status', status: 200, body } }] });
        const result = await install(id, { env: { ASSETSURL: crowd.url, VERSION: '11.9' } });
        crowd.set({ faults: [] });
        assertFailed(result, sentence);
        await assertUntouched(id, untouched);
      });
    }

    test('no network at all', async () => {
      const alone = await container('--network', 'none');
      const before = await fileSystem(alone);
      const result = await install(alone, { env: { ASSETSURL: '' } });
      assertFailed(result, /name in https:\/\/cli-assets\.heroku\.com\/.* is not known/);
      await assertUntouched(alone, before);
    });

    for (const [defect, sentence] of [
      ['wrong-sum', /damaged or was altered \(SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}\)/],
      ['cut-tarball', /damaged or was altered/],
      ['no-manifest', /answered with 404/],
    ] as const) {
      test(`a release with ${defect}`, async () => {
        const releases = await brokenRelease(cli, join(temporaryFolder(), 'release'), defect);
        const broken = await startFakeHeroku({ dir: temporaryFolder(), releases });
        const result = await install(id, { env: { ASSETSURL: broken.url } });
        await broken.close();
        assertFailed(result, sentence);
        await assertUntouched(id, untouched);
      });
    }

    const encrypted = () => `https://localhost:${failing.tlsPort}`;

    test('a certificate that nobody vouches for', async () => {
      const result = await install(id, { env: { ASSETSURL: encrypted() } });
      assertFailed(result, /certificate for https:\/\/localhost:\d+\/.* is not trusted/);
      await assertUntouched(id, untouched);
    });

    test('a redirect from https to http', async () => {
      const to = `${failing.url}/channels/stable/heroku-linux-x64-buildmanifest`;
      failing.set({ faults: [{ path: '/channels/', times: 1, do: { kind: 'redirect', to } }] });
      const env = { ASSETSURL: encrypted(), CURL_CA_BUNDLE: '/ca.crt' };
      const result = await install(id, { env });
      failing.set({ faults: [] });
      assertFailed(result, /leads to an address that is not https/);
      await assertUntouched(id, untouched);
    });

    for (const [when, size] of [
      ['the download', '60m'],
      ['unpacking', '200m'],
    ] as const) {
      test(`a disk that gets full while ${when}`, async () => {
        const id = await container('--tmpfs', `/usr/local/lib:size=${size}`);
        assertFailed(await install(id, { env: { ASSETSURL: failing.url } }), /Is the disk full\?/);
        assert.equal(await shell(id, 'ls -A /usr/local/lib /usr/local/bin | grep -v :'), '\n');
      });
    }

    test('an image without glibc whose Node is missing, or too old', async () => {
      const id = await container();
      // Programs that start through a loader of another name, as musl's do.
      await shell(
        id,
        `apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs
      loader=$(ls /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1 2>/dev/null)
      other=$(echo "$loader" | sed s/ld-linux/ld-other/)
      mkdir /other && cp "$loader" "$other"
      for program in sh id uname dirname readlink find head curl tar gzip sha256sum mktemp mkfifo node; do
        sed "s|$loader|$other|g" "$(readlink -f "$(command -v "$program")")" >"/other/$program"
      done
      chmod +x /other/* && rm "$loader"`,
      );
      const installed = () =>
        exec(id, ['/other/sh', '/feature/install.sh'], { env: { PATH: '/other' } });
      const sentence = /no glibc[^\n]* no Node of version 20 or newer[^\n]*\n[^\n]*base:bookworm/;
      // Debian 12 has Node 18.
      assert.match((await exec(id, ['/other/node', '--version'])).stdout, /^v18\./);
      assertFailed(await installed(), sentence);
      // As Alpine 3.16 would, which has Node 16.
      await exec(id, [
        '/other/sh',
        '-c',
        'printf "#!/other/sh\\n" >/other/apk && /other/node -e "fs.chmodSync(\'/other/apk\', 0o755)"',
      ]);
      const tried = await installed();
      assert.match(tried.stdout, /installing: nodejs/);
      assertFailed(tried, sentence);
    });

    describe('what is missing is asked of the package manager of the image', () => {
      const table: [manager: string, calls: string[]][] = [
        ['apt-get', ['update -qq', 'install -y -qq --no-install-recommends curl']],
        ['apk', ['add --quiet --no-cache curl']],
        ['dnf', ['install -y -q --setopt=install_weak_deps=False curl', 'clean all -q']],
        ['microdnf', ['install -y --nodocs curl', 'clean all']],
        ['yum', ['install -y -q curl', 'clean all -q']],
        [
          'zypper',
          ['--non-interactive --quiet install --no-recommends curl', '--quiet clean --all'],
        ],
        ['pacman', ['--sync --refresh --noconfirm --needed --quiet curl']],
      ];
      for (const [manager, calls] of table) {
        test(manager, async () => {
          const id = await container();
          // One that says it did and did not.
          await shell(
            id,
            `rm /usr/bin/curl /usr/bin/apt-get
            printf '#!/bin/sh\necho "$@" >>/calls\n' >/usr/bin/${manager} && chmod +x /usr/bin/${manager}`,
          );
          const result = await install(id);
          assert.equal(await shell(id, 'cat /calls'), `${calls.join('\n')}\n`);
          assertFailed(result, /still missing: curl\. Nothing was installed but curl\.$/m);
        });
      }
    });

    test('what is missing cannot be installed', async () => {
      const id = await container('--network', 'none');
      await shell(id, 'apt-get purge -y -qq curl && apt-get clean');
      const untouched = await fileSystem(id);
      assertFailed(await install(id), /apt-get could not install: curl[^\n]*\n.*Dockerfile/);
      await assertUntouched(id, untouched);
    });

    test("git's configuration that cannot be written: everything is taken back", async () => {
      const id = await container();
      await shell(id, 'echo "[broken" >/etc/gitconfig');
      const untouched = await fileSystem(id);
      assertFailed(
        await install(id, { env: { ASSETSURL: failing.url } }),
        /git's system-wide configuration could not be written/,
      );
      await assertUntouched(id, untouched);
    });

    test('something that cannot be moved into place: what was there before is back', async () => {
      const file = join(temporaryFolder(), 'mounted');
      writeFileSync(file, 'mine\n');
      const id = await container('--volume', `${file}:/usr/local/bin/heroku-login`);
      await shell(id, 'mkdir /usr/local/lib/heroku && echo old >/usr/local/lib/heroku/old');
      await shell(id, 'echo mine >/usr/local/bin/heroku');
      const before = await shell(id, 'ls -lR --full-time /usr/local/bin /usr/local/lib/heroku');
      assertFailed(
        await install(id, { env: { ASSETSURL: failing.url } }),
        /\/usr\/local\/bin\/heroku-login could not be moved aside/,
      );
      assert.equal(
        await shell(id, 'ls -lR --full-time /usr/local/bin /usr/local/lib/heroku'),
        before,
      );
      assert.equal(await shell(id, 'ls -A /usr/local/lib'), 'heroku\n');
    });
  });

  describe('an installation', { concurrency: 1 }, () => {
    let id: string;
    let first: Result;
    before(async () => {
      id = await container();
      // As Ubuntu and oh-my-zsh do, so that zsh completes at all.
      const zshrc = 'autoload -U compinit && compinit # its last line has no end';
      await shell(
        id,
        `apt-get update -qq && apt-get install -y -qq --no-install-recommends zsh
      git config --system credential.helper generic
      git config --system user.name me
      git config --system ${HELPER} '!heroku git:credentials'
      printf '${zshrc}' >/etc/zsh/zshrc
      ln -s /etc/zsh/zshrc /etc/zshrc && chown 7:8 /etc/zsh/zshrc && chmod 604 /etc/zsh/zshrc`,
      );
      first = await install(id);
    });

    test('says what it did', () => {
      assert.equal(first.code, 0, first.output);
      assert.match(first.stdout, /Heroku CLI 11\.10\.0 installed; heroku-login runs when/);
      assert.equal(first.stderr, '');
    });

    test('puts root-owned files in place, and nothing elsewhere', async () => {
      const listing = await shell(
        id,
        "cd /usr/local && stat -c '%n %U:%G %a' bin/* lib/* lib/heroku-login/*",
      );
      assert.deepEqual(listing.trim().split('\n'), [
        'bin/heroku root:root 755',
        'bin/heroku-login root:root 755',
        'lib/heroku root:root 755',
        'lib/heroku-login root:root 755',
        'lib/heroku-login/heroku-login.cjs root:root 644',
        'lib/heroku-login/shell-notice.sh root:root 644',
        'lib/heroku-login/options.json root:root 644',
      ]);
      assert.equal(await shell(id, 'find /usr/local/lib ! -user root -o -perm -o+w ! -type l'), '');
      assert.equal(
        await shell(id, 'ls -A /usr/local/lib /tmp /root | grep -i heroku-cli || true'),
        '',
      );
      assert.equal(await shell(id, 'find /root -newer /feature/install.sh -name "*heroku*"'), '');
    });

    test('records the options', async () => {
      const options = await shell(id, 'cat /usr/local/lib/heroku-login/options.json');
      assert.deepEqual(JSON.parse(options), {
        secretName: 'HEROKU_API_KEY',
        required: false,
        app: '',
        perContainerToken: false,
        containerRegistry: false,
      });
    });

    const gitHelpers = `git config --system --get-all ${HELPER}`;
    // What somebody else had set stays, and does not count because of the reset after it.
    const expected = '!heroku git:credentials\n\n/usr/local/bin/heroku-login git-credential\n';

    test("sets git's helper for Heroku alone, with a reset before it", async () => {
      assert.equal(await shell(id, gitHelpers), expected);
      assert.equal(await shell(id, 'git config --system credential.helper'), 'generic\n');
      assert.equal(await shell(id, 'git config --system user.name'), 'me\n');
    });

    test('gives every user both commands', async () => {
      const user = { user: 'vscode' };
      assert.match(await shell(id, 'cd / && heroku --version', user), /^heroku\/11\.10\.0 linux-/);
      assert.match(await shell(id, 'cd / && heroku-login --version', user), /^heroku-login 1\./);
    });

    for (const name of ['bash', 'zsh'] as const) {
      test(`${name} completes commands and options at a Tab, without a step of the user`, async () => {
        const user = { user: 'vscode', env: { HOME: '/home/vscode', TERM: 'dumb' } };
        // Without one, zsh asks new users what should be in it.
        await shell(id, 'touch ~/.zshrc', user);
        for (const [typed, completed] of [
          ['heroku ps:sc', 'heroku ps:scale'],
          ['heroku pg:backups:sch\t', 'heroku pg:backups:schedule'],
          ['heroku ps:scale --re', 'heroku ps:scale --remote'],
          // The command apps has no such option: it is that of the whole command.
          ['heroku apps:info --sh', 'heroku apps:info --shell'],
          // What Heroku's command says at its first run does not get in between.
          ['heroku apps:info --app ', 'heroku apps:info --app'],
        ]) {
          // After the Tab, Ctrl-A goes to the start of the line, which then shows what it has become.
          const keys = `${typed}\t\u0001echo \u0005\nexit\n`;
          await shell(id, `cat >/keys`, { input: keys });
          const said = await shell(id, `cd && script -qec '${name} -i' /dev/null </keys`, user);
          assert.match(said.replaceAll('\r', ''), new RegExp(`^${completed} ?$`, 'm'), said);
          assert.doesNotMatch(said, /terms of service/);
        }
      });
    }

    test('leaves out what lean names, and little more than half the CLI remains', async () => {
      const size = (await shell(id, "find /usr/local/lib/heroku -type f -printf '%s\\n'"))
        .split('\n')
        .reduce((sum, line) => sum + Number(line), 0);
      const listing = await run('find', [cli.tree, '-type', 'f', '-printf', '%s\\n']);
      const full = listing.split('\n').reduce((sum, line) => sum + Number(line), 0);
      assert.ok(size / full <= 0.55, `${(size / full).toFixed(3)} of the full size`);
      assert.match(await shell(id, 'heroku version:info 2>&1'), /11\.10\.0/);
    });

    test('a copy that updated itself into the home does not win', async () => {
      const script = `mkdir -p ~/.local/share/heroku/client/bin
      printf '#!/bin/sh\\necho self-updated\\n' >~/.local/share/heroku/client/bin/heroku
      chmod +x ~/.local/share/heroku/client/bin/heroku
      heroku --version`;
      assert.match(await shell(id, script, { user: 'vscode' }), /^heroku\/11\.10\.0 /);
    });

    test('heroku takes the token with what was pasted around it', async () => {
      const token = makeToken('pasted');
      heroku.set({ accounts: [{ email: 'dev@example.com', token }] });
      const env = {
        HEROKU_HOST: heroku.url,
        HEROKU_PARTICLEBOARD_URL: heroku.url,
        DISABLE_TELEMETRY: 'true',
        HEROKU_API_KEY: `\n "${token}"\r\n`,
      };
      const { stdout } = await exec(id, ['heroku', 'whoami'], { env, user: 'vscode' });
      assert.equal(stdout, 'dev@example.com\n');
    });

    test('heroku starts no updater, also where the environment is bare', async () => {
      const script =
        "env -i HOME=$HOME PATH=$PATH heroku whoami 2>&1; find ~/.cache/heroku -name '*autoupdate*'";
      const { stdout } = await exec(id, ['sh', '-c', script], { user: 'vscode' });
      assert.match(stdout, /not logged in/i);
      assert.doesNotMatch(stdout, /autoupdate/);
    });

    test("heroku-login does not load what a project's NODE_OPTIONS name", async () => {
      const env = { NODE_OPTIONS: '--require ./not-there.js' };
      assert.equal((await exec(id, ['heroku-login', '--version'], { env })).code, 0);
    });

    test("heroku-login does not print the token because of the project's NODE_DEBUG", async () => {
      const env = {
        NODE_DEBUG: 'http,net',
        HEROKU_HOST: heroku.url,
        HEROKU_API_KEY: makeToken('d'),
      };
      const { code, output } = await exec(id, ['heroku-login'], { env, user: 'vscode' });
      assert.equal(code, 4, output);
      assert.ok(!output.includes(makeToken('d')));
    });

    test('every new bash, login shell or not, says once what is wrong with the login', async () => {
      const line =
        'Heroku: not logged in, because HEROKU_API_KEY is not set. To log in: heroku-login';
      await exec(id, ['heroku-login', '--hook'], { user: 'vscode' });
      const user = { user: 'vscode', env: { HOME: '/home/vscode', TERM: 'dumb' } };
      for (const command of ['bash', 'bash -l']) {
        const said = await shell(id, `echo exit | script -qec '${command}' /dev/null`, user);
        assert.equal(said.replaceAll('\r', '').split(`${line}\n`).length - 1, 1, said);
      }
    });

    test('the files that shells read keep all else that they were', async () => {
      const block = await shell(id, 'tail -n 4 /etc/bash.bashrc');
      assert.match(
        block,
        /^# >>> .*\n.*\/usr\/local\/lib\/heroku-login\/shell-notice\.sh\n.* complete -F .*\n# <<< .*\n$/,
      );
      assert.equal(
        await shell(
          id,
          'cat /etc/zsh/zshrc; stat -c "%u %g %a" /etc/zsh/zshrc; readlink /etc/zshrc',
        ),
        `autoload -U compinit && compinit # its last line has no end\n${block}7 8 604\n/etc/zsh/zshrc\n`,
      );
    });

    test('a heroku-login that dies does not fail the hook, and says so', async () => {
      const program = '/usr/local/lib/heroku-login/heroku-login.cjs';
      await shell(id, `cp ${program} /kept && echo 'process.abort()' >${program}`);
      const { code, stderr } = await exec(id, ['heroku-login', '--hook'], { user: 'vscode' });
      await shell(id, `cp /kept ${program}`);
      assert.equal(code, 0);
      assert.match(stderr, /stopped unexpectedly \(code 134\)\. To see why: heroku-login status/);
      assert.equal(
        await shell(id, 'cat ~vscode/.local/state/heroku-login/notice'),
        '0\nthe last login stopped unexpectedly. To try again: heroku-login\n',
      );
    });

    test('a heroku-login that hangs ends within 20 s', async () => {
      const program = '/usr/local/lib/heroku-login/heroku-login.cjs';
      await shell(id, `cp ${program} /kept && echo 'for (;;);' >${program}`);
      const started = performance.now();
      const { code } = await exec(id, ['heroku-login', '--hook'], { user: 'vscode' });
      await shell(id, `cp /kept ${program}`);
      assert.equal(code, 0);
      assert.ok(performance.now() - started < 22_000);
    });

    test('again, with other options, an exact version and another shell: the new ones count', async () => {
      const app = 'my-app,staging=my-app-staging';
      const env = {
        VERSION: 'v11.10.0',
        SECRETNAME: 'TEAM_TOKEN',
        REQUIRED: 'true',
        APP: app,
        PERCONTAINERTOKEN: 'true',
        CONTAINERREGISTRY: 'true',
        COMPLETION: 'false',
      };
      await shell(id, 'touch /usr/local/lib/heroku-login/of-an-older-build');
      const { code, output } = await install(id, { env, shell: 'bash' });
      assert.equal(code, 0, output);
      const options = await shell(id, 'cat /usr/local/lib/heroku-login/options.json');
      const recorded = {
        secretName: 'TEAM_TOKEN',
        required: true,
        app,
        perContainerToken: true,
        containerRegistry: true,
      };
      assert.deepEqual(JSON.parse(options), recorded);
      // New shells look at the variable of that name.
      const notice = await shell(id, 'cat /usr/local/lib/heroku-login/shell-notice.sh');
      assert.match(notice, /\$\{TEAM_TOKEN-\}/);
      assert.doesNotMatch(notice, /HEROKU_API_KEY/);
      assert.equal(await shell(id, gitHelpers), expected);
      assert.equal(await shell(id, 'ls -A /usr/local/lib'), 'heroku\nheroku-login\n');
      assert.equal(await shell(id, 'grep -c shell-notice.sh /etc/bash.bashrc'), '1\n');
      assert.equal(
        await shell(
          id,
          'find /usr/local/share /usr/local/lib/heroku-login -name "*heroku" -o -name "of-*"',
        ),
        '',
      );
      assert.equal(await shell(id, 'grep complete /etc/bash.bashrc /etc/zsh/zshrc || true'), '');
      // With required, and only then, a failed login fails the hook.
      assert.equal((await exec(id, ['heroku-login', '--hook'], { user: 'vscode' })).code, 3);
      await shell(id, "echo 'process.abort()' >/usr/local/lib/heroku-login/heroku-login.cjs");
      assert.equal((await exec(id, ['heroku-login', '--hook'], { user: 'vscode' })).code, 1);
    });
  });

  describe('behind a proxy, with a private certificate authority', { concurrency: 1 }, () => {
    let id: string;
    let proxied: Proxied;
    let proxy: TunnelProxy;

    before(async () => {
      proxied = await startProxied(cli.dir);
      ({ proxy } = proxied);
      id = await container();
      await run('docker', ['cp', proxied.certificates.ca, `${id}:/ca.crt`]);
    });
    after(() => proxied.close());

    /** Reads what versions there are, finds no such one, and ends. */
    async function readIndex(env: Record<string, string>): Promise<Result> {
      proxy.asked.length = 0;
      // The usual address: a name that only the proxy knows here.
      const result = await install(id, { env: { ASSETSURL: '', VERSION: '9', ...env } });
      assert.equal(result.code, 1);
      return result;
    }
    const through = () => proxy.asked.map(({ what }) => what);

    for (const downloader of ['curl', 'wget']) {
      describe(`with ${downloader}`, { concurrency: 1 }, () => {
        if (downloader === 'wget') {
          before(() =>
            shell(
              id,
              'apt-get update -qq && apt-get install -y -qq wget && mv /usr/bin/curl /curl',
            ),
          );
          after(() => shell(id, 'mv /curl /usr/bin/curl'));
        }

        for (const [proxyVariable, authority] of [
          ['https_proxy', 'CURL_CA_BUNDLE'],
          ['HTTPS_PROXY', 'SSL_CERT_FILE'],
          ['all_proxy', 'SSL_CERT_FILE'],
        ] as const) {
          test(`${proxyVariable} and ${authority}`, async () => {
            const env = { [proxyVariable]: proxy.url, [authority]: '/ca.crt' };
            const { stderr } = await readIndex(env);
            assert.match(stderr, /no version 9 of/);
            assert.ok(through().length > 0);
            assert.deepEqual([...new Set(through())], ['CONNECT cli-assets.heroku.com:443']);
          });
        }

        for (const variable of ['no_proxy', 'NO_PROXY']) {
          test(variable, async () => {
            const { stderr } = await readIndex({
              ASSETSURL: `https://localhost:${proxied.heroku.tlsPort}`,
              HTTPS_PROXY: proxy.url,
              SSL_CERT_FILE: '/ca.crt',
              [variable]: 'example.com,localhost',
            });
            assert.match(stderr, /no version 9 of/);
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

        for (const [name, how, sentence] of [
          [
            'wants a login',
            { login: 'me:s3cret' },
            /answered: (407|Proxy Auth)[\s\S]*user:password@/,
          ],
          ['forbids', { say: 'HTTP/1.1 403 Forbidden\r\n\r\n' }, /answered: (403|Forbidden)/],
        ] as const) {
          test(`a proxy that ${name}`, async () => {
            proxy.behave(how);
            const env = { SSL_CERT_FILE: '/ca.crt' };
            const { stderr } = await readIndex({ ...env, https_proxy: proxy.url });
            assert.match(stderr, /the proxy for https:\/\/cli-assets\S+ opened no connection and/);
            assert.match(stderr, sentence);
            assert.doesNotMatch(stderr, /trying again/);
            if ('login' in how) {
              const allowed = `http://${how.login}@${proxy.host}`;
              const { output } = await readIndex({ ...env, https_proxy: allowed });
              assert.match(output, /no version 9 of/);
              assert.ok(!output.includes('s3cret'), output);
            }
            proxy.behave();
          });
        }
      });
    }

    test('installs; then heroku-login and git trust what the image does', async () => {
      // An address without a scheme, at which Node stops where it is to read it itself.
      const env = { https_proxy: proxy.host, NODE_USE_ENV_PROXY: '1' };
      const { code, output } = await install(id, {
        env: { ASSETSURL: '', SSL_CERT_FILE: '/ca.crt', ...env },
      });
      assert.equal(code, 0, output);
      await shell(id, 'cp /ca.crt /usr/local/share/ca-certificates/ && update-ca-certificates');
      const token = makeToken('proxied');
      proxied.heroku.set({ accounts: [{ email: 'dev@example.com', token }] });
      const user = (more: Record<string, string>) => ({ user: 'vscode', env: { ...env, ...more } });
      const said = await shell(id, 'cd / && heroku-login', user({ HEROKU_API_KEY: token }));
      assert.equal(said, 'Heroku: logged in as dev@example.com (token does not expire)\n');
      await shell(id, 'cd / && git ls-remote https://git.heroku.com/my-app.git', user({}));
    });
  });

  test('BusyBox, which opens no tunnels, downloads nothing behind a proxy', async () => {
    const bin = temporaryFolder();
    const script = `have() { command -v "$1" >/dev/null 2>&1; }
      . '${root}/src/install/download.sh'; find_downloader; echo "$downloader"`;
    await run('sh', [
      '-c',
      `cd "$1" && ln -s "$(command -v busybox)" wget && ln -s "$(command -v grep)" grep && ln -s /bin/true ssl_client`,
      'sh',
      bin,
    ]);
    const chosen = async (env: Record<string, string>) => {
      const all = { PATH: bin, protocol: '=https', https_proxy: '', ...env };
      return (await run('/bin/sh', ['-c', script], { env: all })).trim();
    };
    assert.equal(await chosen({}), 'busybox');
    assert.equal(await chosen({ https_proxy: 'http://proxy:1' }), '');
    assert.equal(await chosen({ http_proxy: 'http://proxy:1' }), '');
  });

  test('with wget instead of curl', async () => {
    const id = await container();
    await shell(id, 'apt-get update -qq && apt-get install -y -qq wget && rm /usr/bin/curl');
    const untouched = await fileSystem(id);
    const faults: [RegExp, Fault['do']][] = [
      [/answered with 404/, { kind: 'status', status: 404 }],
      [/leads to another address/, { kind: 'redirect', to: 'http://127.0.0.1:9/' }],
      [/was cut; trying again/, { kind: 'truncate', bytes: 10 }],
    ];
    const server = await startFakeHeroku({ dir: temporaryFolder(), releases: cli.dir });
    const env = { ASSETSURL: server.url };
    for (const [sentence, fault] of faults) {
      server.set({ faults: [{ host: 'assets', do: fault }] });
      assertFailed(await install(id, { env }), sentence);
      await assertUntouched(id, untouched);
    }
    // The second attempt begins anew.
    server.set({
      faults: [{ path: '/versions/', times: 1, do: { kind: 'truncate', bytes: 5e6 } }],
    });
    const { code, output } = await install(id, { env });
    await server.close();
    assert.equal(code, 0, output);
    assert.match(output, /was cut; trying again in 1 s/);
    assert.match(await shell(id, 'heroku --version'), /^heroku\/11\.10\.0 /);
  });

  describe('another heroku that is there', { concurrency: 1 }, () => {
    /** A program that says `old`, in a folder of its own, as npm, apt and Heroku's installer lay it out. */
    const old = 'printf "#!/bin/sh\\necho old\\n"';
    const standalone = `mkdir -p /usr/local/lib/heroku/bin && cd /usr/local/lib/heroku &&
      ${old} >bin/heroku && chmod +x bin/heroku && echo standalone >README.md &&
      ln -s /usr/local/lib/heroku/bin/heroku /usr/local/bin/heroku`;
    /** With the npm and the Node of the CLI itself, and no network. */
    const npm = (prefix: string, ...args: string[]) =>
      `cd / && PATH="/cli/bin:$PATH" node /cli/node_modules/npm/bin/npm-cli.js ${args.join(' ')} --global --offline --prefix ${prefix}`;
    const ofNpm = (prefix: string) => `mkdir -p /npm-package && cd /npm-package &&
      ${old} >run.js && chmod +x run.js &&
      echo '{"name":"heroku","version":"1.0.0","bin":{"heroku":"run.js"}}' >package.json &&
      tar -czf /npm-package.tgz -C / --transform s/npm-package/package/ npm-package &&
      ${npm(prefix, 'install', '/npm-package.tgz')}`;
    const ofApt = `mkdir -p /deb/DEBIAN /deb/usr/lib/heroku/bin /deb/usr/bin && cd /deb &&
      ${old} >usr/lib/heroku/bin/heroku && chmod +x usr/lib/heroku/bin/heroku &&
      ln -s ../lib/heroku/bin/heroku usr/bin/heroku &&
      printf 'Package: heroku\nVersion: 1.0.0\nArchitecture: all\nMaintainer: me\nDescription: CLI\n' >DEBIAN/control &&
      dpkg-deb --build /deb /heroku.deb && dpkg --install /heroku.deb`;
    const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    const replaced = /another heroku was at \/usr\/local\/bin\/heroku and is replaced/;
    const ours = /^heroku\/11\.10\.0 /;

    const table: [
      name: string,
      make: string,
      said: RegExp,
      runs: RegExp,
      after: string,
      path?: string,
    ][] = [
      [
        "npm's, where the PATH has it later",
        ofNpm('/opt/npm'),
        /\/opt\/npm\/bin\/heroku stays, but is no longer what runs/,
        ours,
        '/opt/npm/bin/heroku | grep -x old',
        `${path}:/opt/npm/bin`,
      ],
      [
        "npm's, where the PATH has it first",
        ofNpm('/opt/npm'),
        /\/opt\/npm\/bin\/heroku comes before .* npm uninstall --global heroku/,
        /^old$/m,
        // What it advises helps.
        `${npm('/opt/npm', 'uninstall', 'heroku')} && heroku --version | grep '^heroku/11'`,
        `/opt/npm/bin:${path}`,
      ],
      [
        "npm's, in our place",
        ofNpm('/usr/local'),
        /\/usr\/local\/bin\/heroku is replaced; npm, whose heroku was there, would remove this one/,
        ours,
        // What it says is so.
        `${npm('/usr/local', 'uninstall', 'heroku')} && [ ! -e /usr/local/bin/heroku ]`,
      ],
      [
        "apt's",
        ofApt,
        /\/usr\/bin\/heroku stays, but is no longer what runs/,
        ours,
        'dpkg --verify heroku && dpkg --purge heroku && heroku --version',
      ],
      [
        "Heroku's own installer's",
        standalone,
        replaced,
        ours,
        '! grep standalone /usr/local/lib/heroku/README.md',
      ],
    ];
    for (const [name, make, said, runs, after, PATH = path] of table) {
      test(name, async () => {
        const id = await container('--volume', `${cli.tree}:/cli:ro`);
        await shell(id, make);
        const { code, output } = await install(id, { env: { PATH, COMPLETION: 'false' } });
        assert.equal(code, 0, output);
        assert.match(output, said);
        assert.match(await shell(id, 'cd / && heroku --version', { env: { PATH } }), runs);
        await shell(id, after, { env: { PATH } });
        assert.equal(await shell(id, 'find /usr/local/share -name "*heroku*"'), '');
      });
    }
  });

  for (const asked of ['11', 'beta']) {
    test(`version ${asked} of many, where there is no room for what lean leaves out`, async () => {
      const id = await container('--tmpfs', '/usr/local/lib:size=380m,exec');
      const versions = ['11.9.0', '11.11.0-beta.1', '11.10.0', '11.2.1', '10.17.0'];
      const releases = await crowdedRelease(cli, join(temporaryFolder(), 'release'), versions);
      const crowd = await startFakeHeroku({ dir: temporaryFolder(), releases });
      const env = { ASSETSURL: crowd.url, VERSION: asked };
      const { code, output } = await install(id, { env });
      const asking = crowd.seen().map(({ path }) => path);
      await crowd.close();
      assert.equal(code, 0, output);
      assert.match(
        asking[0] ?? '',
        asked === 'beta' ? /^\/channels\/beta\// : /^\/versions\/.*json$/,
      );
      assert.match(await shell(id, 'heroku --version'), /^heroku\/11\.10\.0 /);
    });
  }

  test('what is missing is installed, and the lists of packages go again', async () => {
    const id = await container();
    await shell(id, 'apt-get purge -y -qq curl ca-certificates git');
    await shell(id, 'ln -s /nowhere /usr/local/bin/heroku');
    // Each of these heals, so the installation tries again.
    const flaky = await startFakeHeroku({ dir: temporaryFolder(), releases: cli.dir });
    flaky.set({
      faults: [
        { path: '/channels/', times: 1, do: { kind: 'status', status: 503 } },
        { path: '/versions/', times: 1, do: { kind: 'truncate', bytes: 1_000_000 } },
      ],
    });
    const env = { VERSION: 'true', ASSETSURL: flaky.url };
    const { code, output } = await install(id, { env });
    const ranges = flaky.seen().map(({ headers }) => headers['range']);
    await flaky.close();
    assert.equal(code, 0, output);
    assert.match(output, /installing: curl/);
    assert.match(output, /git is not installed; once it is/);
    assert.match(output, /answered with 503; trying again[\s\S]*was cut; trying again/);
    assert.match(output, /another heroku was at \/usr\/local\/bin\/heroku and is replaced/);
    // What had come of the download is not asked for again.
    assert.deepEqual(
      ranges.filter((range) => range !== undefined),
      ['bytes=1000000-'],
    );
    assert.equal(
      await shell(id, 'find /var/lib/apt/lists /var/cache/apt -type f ! -name lock'),
      '',
    );
    assert.match(await shell(id, 'heroku --version'), /^heroku\/11\.10\.0 /);
  });
});
