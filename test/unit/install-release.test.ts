// Which release of the Heroku CLI install.sh takes, from what a server publishes, in dash and in BusyBox's ash.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { outcome, shells } from '../support/install-parts.ts';
import { temporaryFolder } from '../support/program.ts';

const HOST = 'https://cli-assets.heroku.com';
const INDEX = '/versions/heroku-linux-x64-tar-gz.json';
const STABLE = '/channels/stable/heroku-linux-x64-buildmanifest';
const nothingPublished = /^https:\S+ does not contain what Heroku publishes there\n.*proxy/;
const versions =
  '11.2.1 11.11.0-beta.1 11.10.0 10.17.0 110.0.0 11.9.0 9.5.1 10.9.3 8.11.5 8.0.0 9.0.0-beta.1 7.69.0 10.0.0 10.0.0-beta.1'.split(
    ' ',
  );
const archive = (version: string) => `/versions/${version}/abc/heroku-v${version}-abc-linux-x64`;
const manifestOf = (version: string) => ({
  version,
  sha256gz: 'a'.repeat(64),
  gz: `${HOST}${archive(version)}.tar.gz`,
});
const index = JSON.stringify(
  Object.fromEntries(versions.map((v) => [v, manifestOf(v).gz])),
  null,
  2,
);
/** What is published of one version among many. */
const among = (version: string, manifest = manifestOf(version)) => ({
  [INDEX]: index,
  [`${archive(version)}-buildmanifest`]: JSON.stringify(manifest),
});

/**
 * Finds a release as install.sh does.
 *
 * @param published what the server answers, by path; everything else is missing.
 * @returns version, path of the archive and checksum, or what install.sh says.
 */
function find(shell: string, version: string, published: Readonly<Record<string, string>>) {
  const scratch = temporaryFolder();
  const cases = Object.entries(published).map(([path, body], number) => {
    writeFileSync(join(scratch, `body${number}`), body);
    return `'${path}') cp "$scratch/body${number}" "$2" ;;`;
  });
  const script = `scratch=${scratch} arch=x64
    fetch() {
      last_url=$assets_url$1
      case $1 in ${cases.join('\n')} *) cause="$1 is missing" hint=none; return 1 ;; esac
    }
    check_options
    find_release
    printf '%s\\n' "$version" "$archive_path" "$sha256"`;
  return outcome(shell, script, { VERSION: version });
}

for (const shell of shells.keys()) {
  describe(`${shell}:`, { concurrency: 4 }, () => {
    const found = (version: string) =>
      `${version}\n${archive(version)}.tar.gz\n${'a'.repeat(64)}\n`;

    for (const channel of ['stable', 'beta']) {
      test(`the channel ${channel}`, async () => {
        const path = STABLE.replace('stable', channel);
        const body = JSON.stringify(manifestOf('11.10.0'));
        assert.equal(await find(shell, channel, { [path]: body }), found('11.10.0'));
      });
    }

    for (const [asked, chosen] of [
      ['11', '11.10.0'],
      ['11.9', '11.9.0'],
      ['11.2', '11.2.1'],
      ['10', '10.17.0'],
      ['v10.9.3', '10.9.3'],
      ['11.11.0-beta.1', '11.11.0-beta.1'],
    ] as const) {
      test(`version ${asked} of many is ${chosen}`, async () => {
        assert.equal(await find(shell, asked, among(chosen)), found(chosen));
        // Of another one nothing is there, which shows in what is missing.
        assert.equal(
          await find(shell, asked, { [INDEX]: index }),
          `could not download the manifest of the Heroku CLI ${chosen}: ${archive(chosen)}-buildmanifest is missing\nnone`,
        );
      });
    }

    for (const [asked, nearest] of [
      ['11.9.7', '11.9.0'],
      ['11.3.0', '11.2.1 11.9.0 11.10.0'],
      // Neither 11.10.0 nor a prerelease has this prefix.
      ['11.1', '11.2.1 11.9.0 11.10.0'],
      ['11.11', '11.2.1 11.9.0 11.10.0'],
      ['12', '10.17.0 11.2.1 11.9.0 11.10.0 110.0.0'],
      ['11.11.0-beta.2', '11.11.0-beta.1'],
    ] as const) {
      test(`version ${asked} is not there, but ${nearest}`, async () => {
        assert.equal(
          await find(shell, asked, { [INDEX]: index }),
          `the Heroku CLI has no version ${asked} for linux-x64\nThe nearest versions are: ${nearest} `,
        );
      });
    }

    for (const [asked, version] of [
      ['9', '9.5.1'],
      ['v9.5.1', '9.5.1'],
      ['8', '8.11.5'],
      ['8.0', '8.0.0'],
      ['7.69.0', '7.69.0'],
      ['9.0.0-beta.1', '9.0.0-beta.1'],
    ] as const) {
      test(`version ${asked} is too old, which its manifest tells before the download`, async () => {
        const said = await find(shell, asked, among(version));
        assert.equal(
          said,
          `the Node in the Heroku CLI ${version} is too old for heroku-login\nThe first version that works is 10.0.0.`,
        );
      });
    }

    for (const version of ['10.0.0', '10.0.0-beta.1', '110.0.0']) {
      test(`version ${version} is not too old`, async () => {
        assert.equal(await find(shell, version, among(version)), found(version));
      });
    }

    const html = '<!doctype html><p>Please sign in.</p>';
    const altered = (change: object) => JSON.stringify({ ...manifestOf('11.10.0'), ...change });
    for (const [name, body] of Object.entries({
      'a page': html,
      nothing: '',
      'a manifest without a checksum': altered({ sha256gz: '' }),
      'a manifest with a short checksum': altered({ sha256gz: 'a'.repeat(63) }),
      'a manifest with a command as version': altered({ version: '1;id' }),
      'a manifest with a prefix as version': altered({ version: '11' }),
      'a manifest that leads elsewhere': altered({ gz: 'https://evil.example/heroku.tar.gz' }),
      'a manifest that leads upwards': altered({ gz: 'https://x/versions/../../a.tar.gz' }),
      'a manifest that leads to a command': altered({ gz: 'https://x/versions/$(id).tar.gz' }),
    })) {
      test(`${name} instead of the manifest`, async () => {
        assert.match(await find(shell, 'latest', { [STABLE]: body }), nothingPublished);
      });
    }
    test('a page instead of the index', async () => {
      assert.match(await find(shell, '11.10.0', { [INDEX]: html }), nothingPublished);
    });

    test("a manifest that is another version's", async () => {
      assert.equal(
        await find(shell, '11.9.0', among('11.9.0', manifestOf('11.10.0'))),
        `the manifest for the Heroku CLI 11.9.0 describes 11.10.0\nContact whoever runs ${HOST}`,
      );
    });
  });
}
