// How install.sh changes an image and takes that back, on a folder of this machine, in dash and in BusyBox's
// ash.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { run } from '../support/command.ts';
import { runParts, shells } from '../support/install-parts.ts';
import { temporaryFolder } from '../support/program.ts';

const FROM = '# >>> dev container Feature heroku-cli >>>';
const TO = '# <<< dev container Feature heroku-cli <<<';

/** A folder laid out as the root of an image, and install.sh's functions at work in it. */
function image(shell: string, files: Readonly<Record<string, string>>) {
  const root = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (text.startsWith('->')) symlinkSync(text.slice(2), join(root, path));
    else writeFileSync(join(root, path), text);
  }
  const setUp = `LIB=${root}/lib BIN=${root}/bin CLI=${root}/lib/heroku LOGIN=${root}/lib/heroku-login
    BASH_COMPLETION=${root}/share/bash/heroku ZSH_COMPLETION=${root}/share/zsh/_heroku completion=true
    STARTUP_FILES='${root}/etc/bash.bashrc ${root}/etc/bashrc ${root}/etc/zshrc'
    GIT_CONFIG_SYSTEM=${root}/etc/gitconfig; export GIT_CONFIG_SYSTEM
    trap undo EXIT
    make_folder "$LIB"; make_folder "$BIN"
    scratch=$(mktemp -d "$LIB/.heroku-cli.XXXXXX"); mkdir "$scratch/backup" "$scratch/new" "$scratch/bin"
    cli=$scratch/new/cli; mkdir "$cli" "$scratch/heroku-login"; cd "$scratch"
    for file in new/cli/new heroku-login/new completion.bash completion.zsh \
      bin/docker-credential-heroku-login bin/heroku bin/heroku-login; do echo new >$file; done
    cd /; done_() { replaced_paths='' created_dirs=''; }
`;
  return {
    path: (name: string) => join(root, name),
    read: (name: string) => readFileSync(join(root, name), 'utf8'),
    run: (script: string, env: Record<string, string> = {}) =>
      runParts(shell, `${setUp}\n${script}`, env),
    /** Every file with type, mode, size, time and content. */
    listing: async () =>
      (await run('find', [root, '!', '-type', 'd', '-printf', '%P %y %m %s %T@ %l\\n'])) +
      (await run('find', [root, '-type', 'd', '-printf', '%P %m\\n'])) +
      (await run('sh', ['-c', 'cd "$1" && find . -type f -exec cat {} +', 'sh', root])),
  };
}

/** An image that has another heroku, an older installation and startup files. */
const old = {
  'bin/heroku': '->../lib/heroku/bin/heroku',
  'bin/heroku-login': 'old\n',
  'lib/heroku/bin/heroku': 'old\n',
  'lib/other/file': 'other\n',
  'share/bash/heroku': 'old\n',
  'etc/bash.bashrc': 'alias a=b\n',
  'etc/bashrc': '->bash.bashrc',
  'etc/zshrc': `autoload -U compinit\n${FROM}\nold\n${TO}\nno end`,
};

for (const shell of shells.keys()) {
  describe(`${shell}: an installation that fails`, () => {
    for (const [name, script] of Object.entries({
      'before anything is in place': 'exit 1',
      'at the first file': 'place "$cli" "$CLI"; exit 1',
      'at the last file': 'place_files; exit 1',
      'after the startup files': 'place_files; edit_shell_startup_files; exit 1',
      'because a file cannot be put in place': 'place_files; place "$scratch/x" "$LIB/other/file"',
      'at the configuration of git': `place_files; edit_shell_startup_files
        echo '[broken' >"$scratch/gitconfig"; GIT_CONFIG_SYSTEM=$scratch/gitconfig; set_git_helper`,
      'when it is asked to stop': "trap 'exit 130' TERM; place_files; kill -TERM $$; sleep 1",
    })) {
      for (const [what, files, end] of [
        ['an image with other things', old, ''],
        // So that it fails there as well, although there is no other file.
        ['an empty image', {}, '; exit 1'],
      ] as const) {
        test(`${name} leaves ${what} as it was`, async () => {
          const { run, listing } = image(shell, files);
          const before = await listing();
          const { code } = await run(`${script}${end}`);
          assert.notEqual(code, 0);
          assert.equal(await listing(), before);
        });
      }
    }

    test('keeps a folder of its own that has got something in it', async () => {
      const { run, path } = image(shell, {});
      await run('place_files; echo mine >"$BIN/mine"; exit 1');
      assert.ok(existsSync(path('bin/mine')));
      assert.ok(!existsSync(path('lib')) && !existsSync(path('share')));
    });
  });

  describe(`${shell}: an installation that succeeds`, () => {
    test('replaces what was there and leaves nothing else', async () => {
      const { run, listing, read, path } = image(shell, old);
      const { code, stdout } = await run('place_files; edit_shell_startup_files; done_');
      assert.equal(code, 0);
      assert.match(stdout, /replaced another heroku at \S+\/bin\/heroku/);
      const commands = ['docker-credential-heroku-login', 'heroku', 'heroku-login'];
      const others = ['share/bash/heroku', 'share/zsh/_heroku', 'lib/heroku/new'];
      for (const name of [...commands.map((name) => `bin/${name}`), ...others])
        assert.equal(read(name), 'new\n', name);
      assert.equal(read('lib/heroku-login/new'), 'new\n');
      assert.ok(!existsSync(path('lib/heroku/bin')));
      assert.equal(read('lib/other/file'), 'other\n');
      assert.doesNotMatch(await listing(), /\.heroku-cli/);
    });

    test('without completion removes that of an earlier one, and nobody else’s', async () => {
      const { run, path } = image(shell, { 'share/bash/heroku': '', 'share/zsh/_heroku': 'mine' });
      writeFileSync(path('share/bash/heroku'), `source ${path('lib/heroku')}/autocomplete/x\n`);
      await run('completion=false; place_files; edit_shell_startup_files; done_');
      assert.ok(!existsSync(path('share/bash/heroku')));
      assert.ok(existsSync(path('share/zsh/_heroku')));
    });

    test('says who owned the heroku in its place, if that was npm', async () => {
      const { run } = image(shell, { 'bin/heroku': '->../lib/node_modules/heroku/bin/run' });
      const { stdout } = await run('place_files; done_');
      assert.match(stdout, /replaced npm's heroku at \S+\/heroku\. If npm ever uninstalls/);
    });

    test('says which other heroku runs, and which does not', async () => {
      const { run, path } = image(shell, { 'a b/heroku': '', 'c*/heroku': '', 'd/heroku': '' });
      const PATH = ['a b', 'bin', '', 'd', 'c*'].map((name) => name && path(name)).join(':');
      const { stdout, stderr } = await run(`chmod +x '${path('a b/heroku')}' '${path('c*/heroku')}'
        done_; PATH='${PATH}:'; warn_about_other_herokus; trap - EXIT`);
      assert.match(
        stderr,
        /^heroku-cli: \S+\/a b\/heroku comes before \S+\/bin\/heroku in PATH and takes precedence.*\n$/,
      );
      assert.match(
        stdout,
        /^heroku-cli: \S+\/c\*\/heroku is still there, but \S+ takes precedence\n$/,
      );
    });
  });

  describe(`${shell}: the startup files of shells`, () => {
    /** What a file becomes; in both, `|` stands for the end of a line, `<` and `>` for a line with a mark. */
    const edited = async (text: string, times: number) => {
      const file = text.replace(
        /[|<>]/g,
        (sign) => ({ '|': '\n', '<': FROM, '>': TO })[sign] ?? '',
      );
      const { run, read, path } = image(shell, { 'etc/zshrc': file });
      const notice = `${path('lib')}/heroku-login/shell-notice.sh`;
      const ours = `${FROM}\n[ ! -r ${notice} ] || . ${notice}\n${TO}\n`;
      for (let time = 0; time < times; time++) {
        const { code, output } = await run('completion=false; edit_shell_startup_files; done_');
        assert.equal(code, 0, output);
      }
      const now = read('etc/zshrc');
      assert.equal(now.split(ours).length, 2, now);
      const marked = now.replace(ours, 'OURS\n').replaceAll(FROM, '<').replaceAll(TO, '>');
      return marked.replaceAll('\n', '|');
    };
    for (const [name, before, after] of [
      ['an empty file', '', 'OURS|'],
      ['a last line without an end', 'a|b', 'a|b|OURS|'],
      ['an earlier block', 'a|<|old|>|b|', 'a|b|OURS|'],
      ['two earlier blocks', 'a|<|old|>||<|old|>|b|', 'a||b|OURS|'],
      ['nothing but an earlier block', '<|old|>|', 'OURS|'],
      ['a mark of the end that was lost', 'a|<|mine|b|', 'a|<|mine|b|OURS|'],
      ['a mark of the start that was lost', 'a|mine|>|b|', 'a|mine|>|b|OURS|'],
      ['a lost end before a whole block', 'a|<|mine|<|old|>|b|', 'a|<|mine|b|OURS|'],
      ['a lost end after a whole block', '<|old|>|b|<|mine', 'b|<|mine|OURS|'],
      ['a lost end in the last line', 'a|<|old|>|<', 'a|<|OURS|'],
      ['two ends', '<|old|>|mine|>|b|', 'mine|>|b|OURS|'],
      ['an earlier block whose lines end as on Windows', 'a\r|<\r|old\r|>\r|b\r|', 'a\r|b\r|OURS|'],
      ['blanks after the marks', 'a|< \t|old|> |b|', 'a|b|OURS|'],
      ['a mark of the end with text after it', 'a|<|mine|> x|b|', 'a|<|mine|> x|b|OURS|'],
      ['marks inside other lines', 'echo <|mine| >|', 'echo <|mine| >|OURS|'],
    ] as const) {
      test(`${name}: only complete blocks of ours are replaced`, async () => {
        assert.equal(await edited(before, 1), after);
        // Again: nothing piles up.
        assert.equal(await edited(before, 2), after);
      });
    }

    for (const [name, files] of Object.entries({
      'a link to one of the others': { 'etc/bash.bashrc': 'a\n', 'etc/bashrc': '->bash.bashrc' },
      'a link to one that comes later': { 'etc/bash.bashrc': '->zshrc', 'etc/zshrc': 'a\n' },
      'a link to a folder of dotfiles, through a folder that is a link': {
        'dotfiles/shell/bashrc': 'a',
        'etc/bash.bashrc': '->../linked/bashrc',
        linked: '->dotfiles/shell',
      },
      'three links to a file elsewhere, with a space in its name': {
        'my files/rc': 'a\n',
        'etc/bash.bashrc': '->../my files/rc',
        'etc/bashrc': '->bash.bashrc',
        'etc/zshrc': '->../my files/rc',
      },
    })) {
      test(`${name}: it gets our lines once, and after a failure it is as before`, async () => {
        const { run, listing, read } = image(shell, files);
        const before = await listing();
        await run('edit_shell_startup_files; exit 1');
        assert.equal(await listing(), before);
        await run('edit_shell_startup_files; done_');
        for (const [name, text] of Object.entries(files))
          if (name !== 'linked') assert.equal(read(name).split(FROM).length, 2, `${name} ${text}`);
      });
    }

    test('only regular files are: no folder, no link that leads nowhere', async () => {
      const odd = { 'etc/zshrc/mine': 'a\n', 'etc/bash.bashrc': '->missing', 'etc/bashrc': 'a\n' };
      const { run, read, path } = image(shell, odd);
      const { code, output } = await run('edit_shell_startup_files; done_');
      assert.equal(code, 0, output);
      assert.equal(read('etc/bashrc').split(FROM).length, 2);
      assert.ok(!existsSync(path('etc/missing')));
    });

    test('that are not there are not created', async () => {
      const { run, path } = image(shell, {});
      await run('edit_shell_startup_files; done_');
      assert.ok(!existsSync(path('etc')));
    });
  });

  describe(`${shell}: git's settings after a write that failed`, () => {
    const settings = '[user]\n\tname = me\n';
    for (const [name, files] of Object.entries({
      'are as they were': { 'etc/gitconfig': settings },
      'are as they were, where the file is a link': {
        'etc/gitconfig': '->../other/settings',
        'other/settings': settings,
      },
      'are as they were, with another helper': {
        'etc/gitconfig': '[credential "https://git.heroku.com"]\n\thelper = x\n',
      },
      'are not there if they were not': { 'etc/other': '' },
    })) {
      for (const [write, failing] of [
        ['the first', '$GIT_KEY '],
        ['the second', '$GIT_KEY $GIT_HELPER'],
        ['the third', '$GIT_URL_KEY $GIT_URL'],
      ] as const) {
        test(`${name}: ${write}`, async () => {
          const { run, listing } = image(shell, files);
          const before = await listing();
          const { code, stderr } = await run(`
            failing="--add ${failing}"
            git() { case "$*" in *"$failing") echo no >&2; return 1 ;; esac; command git "$@"; }
            set_git_helper`);
          assert.notEqual(code, 0);
          assert.match(stderr, /^no\n.*could not write git.s system-wide configuration/m);
          assert.equal(await listing(), before);
        });
      }
    }
  });

  describe(`${shell}: git's helper for Heroku`, () => {
    const HELPER = 'credential.https://git.heroku.com.helper';
    const ours = '\n/usr/local/bin/heroku-login git-credential\n';
    for (const [name, steps, helpers] of [
      ['is the only one', ['install'], ours],
      ['is the only one after a second installation', ['install', 'install'], ours],
      ["comes after somebody else's", ['!heroku x', 'install'], `!heroku x\n${ours}`],
      ["stays after somebody else's", ['a', 'b', 'install', 'install'], `a\nb\n${ours}`],
      ['gets its reset if that was lost', [ours.trim(), 'install'], ours],
      ['comes last again if somebody added one', ['install', 'a', 'install'], `\na\n${ours}`],
    ] as const) {
      test(name, async () => {
        const { run: install, path } = image(shell, { 'etc/gitconfig': '[user]\n\tname = me\n' });
        const git = (...args: string[]) =>
          run('git', ['config', '--file', path('etc/gitconfig'), ...args]);
        for (const step of steps) {
          if (step === 'install') await install('set_git_helper; done_');
          else await git('--add', HELPER, step);
        }
        assert.equal(await git('--get-all', HELPER), helpers);
        assert.equal(
          await git('--get-all', 'url.https://git.heroku.com.insteadOf'),
          'http://git.heroku.com\n',
        );
        for (const [asked, gets] of [
          ['http://git.heroku.com/app.git', 'https://git.heroku.com/app.git'],
          ['http://git.heroku.com:18082/app.git', 'https://git.heroku.com:18082/app.git'],
          ['http://git.example.com/app.git', 'http://git.example.com/app.git'],
        ] as const) {
          const env = { ...process.env, GIT_CONFIG_SYSTEM: path('etc/gitconfig') };
          assert.equal(await run('git', ['ls-remote', '--get-url', asked], { env }), `${gets}\n`);
        }
        assert.equal(await git('user.name'), 'me\n');
      });
    }
  });
}
