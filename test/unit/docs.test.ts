// The documents say what is so: every sentence has its heading, every link leads somewhere, every command
// is one.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { before, describe, test } from 'node:test';
import { parseRequest } from '../../src/arguments.ts';
import { exitCodes } from '../../src/report.ts';
import { release } from '../support/cli-release.ts';
import { installSentences, programSentences } from '../support/messages.ts';
import { output } from '../support/program.ts';
import { root } from '../support/root.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Paths of all documents, from the root. */
const documents = ['.', 'docs', 'examples', 'templates']
  .flatMap((folder) => {
    const options = { recursive: folder !== '.', encoding: 'utf8' } as const;
    return readdirSync(join(root, folder), options).map((name) => join(folder, name));
  })
  .filter((path) => path.endsWith('.md') && !path.includes('node_modules'))
  .sort();

describe('docs/troubleshooting.md', () => {
  /** Headings, other wordings of the same problem below them, and the first cells of tables. */
  const headings = read('docs/troubleshooting.md')
    .split('\n')
    .map((line) => /^(?:### |[A-Z][^`]*?(?:`\w+`)?: )(`[^`]*`)$|^\| (`.*?`) \| /.exec(line))
    .flatMap((found) => (found?.[1] ?? found?.[2] ?? '').split('<br>'))
    .filter((message) => message !== '')
    .map((message) => message.slice(1, -1));

  /** `…` stands for anything. The two questions begin with what reports get when they are printed. */
  const matches = (heading: string, sentence: string) => {
    const escaped = heading.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return new RegExp(`^(?:Heroku: )?${escaped.replaceAll('…', '.*')}$`, 's').test(sentence);
  };

  const printed = [...programSentences(), ...installSentences()];

  test('has a heading for every sentence', () => {
    const missing = printed.filter((one) => !headings.some((heading) => matches(heading, one)));
    assert.deepEqual(missing, []);
  });

  test('has no heading for what is never said', () => {
    const invented = headings.filter((heading) => !printed.some((one) => matches(heading, one)));
    assert.deepEqual(invented, []);
  });

  test('and both can tell', () => {
    assert.ok(printed.length > 100, `${printed.length} messages`);
    assert.ok(!headings.some((heading) => matches(heading, 'something that nobody says')));
    assert.ok(!printed.some((one) => matches('nobody says …', one)));
  });
});

test('docs/json.md has every key and every outcome of --json, and no others', () => {
  const rows = [...read('docs/json.md').matchAll(/^\| `(\w+)` \| (.*?) \|/gm)];
  const told = new Map(rows.map(([, name = '', second = '']) => [name, second]));
  for (const [outcome, code] of Object.entries(exitCodes)) {
    assert.equal(told.get(outcome), `${code}`, outcome);
    told.delete(outcome);
  }
  const interfaces = read('src/report.ts').matchAll(
    /^export interface (?:Report|Facts|ProgramUse) \{\n(.*?)^\}/gms,
  );
  const keys = [...interfaces].flatMap(([, body = '']) =>
    [...body.matchAll(/\breadonly (\w+)\??:/g)].map(([, key = '']) => key),
  );
  const forPeople = ['sentence', 'repeated', 'facts'];
  const printed = keys.filter((key) => !forPeople.includes(key));
  assert.deepEqual([...told.keys()].sort(), ['code', 'message', 'steps', ...printed].sort());
});

describe('every link', () => {
  const hosts = [
    ...[
      'blog.heroku.com',
      'containers.dev',
      'dashboard.heroku.com',
      'devcenter.heroku.com',
      'docs.github.com',
    ],
    ...[
      'git-scm.com',
      'github.com',
      'help.heroku.com',
      'marketplace.visualstudio.com',
      'semver.org',
    ],
  ];
  for (const path of documents) {
    test(`in ${path} leads somewhere`, () => {
      const text = withoutBlocks(read(path)).replace(/`[^`\n]*`/g, '');
      const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
      const broken = links.filter((link) => {
        if (/^https:/.test(link)) return !hosts.includes(new URL(link).hostname);
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? path : relative(root, join(root, dirname(path), file));
        if (!existsSync(join(root, target))) return true;
        return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
      });
      assert.deepEqual(broken, []);
    });
  }
});

describe('every citation of docs/facts', () => {
  const pages = /\b(?:heroku|codespaces|devcontainers)\.md\b/g;
  const whole =
    /docs\/facts\/(\w+\.md) parts? (\d+(?:\.\d+)?(?:, \d+(?:\.\d+)?)*(?: and \d+(?:\.\d+)?)?)/g;

  /** What is wrong with the citations of a text; empty if nothing is. */
  const problemsOf = (text: string): string[] => {
    // A citation may continue on the next line of a comment, and a link is checked as a link.
    const line = text
      .replace(/\[[^\]]*\]\([^)]*\)/g, '')
      .replace(/\s*\n\s*(?:\/\/|\*|#)?\s*/g, ' ');
    const rest = line.replace(whole, '');
    const vague = [...rest.matchAll(pages)].map(
      ({ index }) => `not "docs/facts/NAME.md part N": ${rest.slice(index - 30, index + 30)}`,
    );
    const missing = [...line.matchAll(whole)].flatMap(([, page = '', parts = '']) =>
      parts
        .split(/, | and /)
        .filter((part) => !partsOf(page).has(part))
        .map((part) => `docs/facts/${page} has no part ${part}`),
    );
    return [...vague, ...missing];
  };

  const partsOf = (page: string): Set<string> => {
    const text = existsSync(join(root, 'docs/facts', page)) ? read(`docs/facts/${page}`) : '';
    return new Set([...text.matchAll(/^##+ (\d+(?:\.\d+)?)\.? /gm)].map(([, part = '']) => part));
  };

  test('leads to a part of a page', () => {
    const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
    const listed = output('git', ['-C', root, ...args]);
    const files = listed.split('\0').filter((path) => /\.(ts|sh|md|mjs|yml|txt)$|bin\//.test(path));
    let cited = 0;
    const wrong = files
      // This file has samples.
      .filter((path) => existsSync(join(root, path)) && path !== 'test/unit/docs.test.ts')
      .flatMap((path) => {
        cited += [...read(path).matchAll(pages)].length;
        return problemsOf(read(path)).map((problem) => `${path}: ${problem}`);
      });
    assert.deepEqual(wrong, []);
    assert.ok(cited > 40, `${cited} citations`);
  });

  test('and it can tell', () => {
    for (const text of ['heroku.md part 1.4', 'codespaces.md\n // parts 1, 3 and 7'])
      assert.deepEqual(problemsOf(`docs/facts/${text}`), []);
    for (const text of [
      ...['heroku.md 1.4', 'docs/facts/heroku.md', 'docs/facts/heroku.md part 99'],
      ...['docs/facts/codespaces.md parts 1, 99 and 7', 'docs/facts/nothing.md part 1'],
    ]) {
      assert.equal(problemsOf(text).length, 1, text);
    }
  });
});

const withoutBlocks = (text: string) => text.replace(/^ *```[\s\S]*?^ *```/gm, '');

/** As GitHub makes them of headings. */
const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)]
    .map(([, heading = '']) => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, ''))
    .map((heading) => heading.replaceAll(' ', '-'));

describe('every command', () => {
  /** What the CLI says of its commands. */
  interface Known {
    readonly aliases: readonly string[];
    readonly hiddenAliases?: readonly string[];
    readonly flags: Readonly<Record<string, { readonly char?: string }>>;
  }
  let commands: Map<string, Known>;
  before(async () => {
    const { tree } = await release();
    const manifest = JSON.parse(readFileSync(join(tree, 'oclif.manifest.json'), 'utf8'));
    commands = new Map();
    for (const [id, command] of Object.entries<Known>(manifest.commands)) {
      const { aliases, hiddenAliases = [] } = command;
      for (const name of [id, ...aliases, ...hiddenAliases]) commands.set(name, command);
    }
  });
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

  for (const path of documents) {
    test(`in ${path} is one`, () => {
      const wrong = commandsIn(read(path)).filter((line) => {
        const [program, ...args] = line.split(/\s+/);
        if (program === 'npm') return !isNpm(args);
        if (program === 'heroku-login') return !isOurs(args);
        if (program === 'heroku') return !isHeroku(args);
        return false;
      });
      assert.deepEqual(wrong, []);
    });
  }

  test('and it can tell', () => {
    const lines = ['`npm run nothing`', '`heroku-login --nothing`', '`heroku nothing:here`'];
    const found = commandsIn(lines.join('\n'));
    assert.equal(found.length, 3);
    const [npm = '', ours = '', cli = ''] = found.map((line) => line.split(' ').slice(1).join(' '));
    assert.ok(!isNpm(npm.split(' ')) && !isOurs(ours.split(' ')) && !isHeroku(cli.split(' ')));
    assert.ok(isHeroku(['authorizations:create', '-d', 'X', '-e', '1', '-S']));
  });

  const isNpm = ([command = '', ...rest]: string[]) =>
    command === 'ci' ||
    command in { start: 1, test: 1 } ||
    (command === 'run' && rest[0] !== undefined && rest[0] in scripts);

  const isOurs = (args: string[]) => {
    try {
      parseRequest(args);
      return true;
    } catch {
      return false;
    }
  };

  const isHeroku = ([command = '', ...args]: string[]) => {
    if (command === '' || command === '--version') return true;
    const known = commands.get(command);
    if (!known) return false;
    const flags = Object.entries(known.flags).flatMap(([name, { char }]) => [
      `--${name}`,
      ...(char === undefined ? [] : [`-${char}`]),
    ]);
    return args.filter((arg) => arg.startsWith('-')).every((arg) => flags.includes(arg));
  };
});

/** Commands in blocks of shell lines and in the text, each without what it reads, writes or says. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)];
  // Headings quote sentences.
  const inline = withoutBlocks(text.replace(/^#.*$/gm, '')).matchAll(/`([^`\n]+)`/g);
  return [...blocks, ...inline]
    .flatMap(([, code = '']) => code.split('\n'))
    .map((line) => line.replace(/(^|\s)#.*$/, '').replace(/ [<>] ?\S+/g, ''))
    .flatMap((line) => line.split(/&&|\||;/))
    .map((line) => line.trim().replace(/\.$/, ''))
    .filter((line) => /^(npm|heroku|heroku-login) \S/.test(line))
    .filter((line) => !line.includes('…'));
}

test('the documents of users promise no cron job a command that is not in its PATH', () => {
  const pages = ['README.md', 'docs/troubleshooting.md', 'docs/security.md', 'examples/README.md'];
  const lines = pages.flatMap((page) => readFileSync(join(root, page), 'utf8').split('\n'));
  const promises = lines.filter((line) => /\bcron\b/i.test(line));
  assert.ok(promises.length > 0);
  // That this works is told by test/container/cli-versions.test.ts.
  for (const line of promises) assert.match(line, /`\/usr\/local\/bin\/heroku`/);
});
