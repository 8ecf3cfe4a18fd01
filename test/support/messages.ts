// Every message that a user can read, with samples in the place of what differs: held against the documents,
// and against the vocabulary.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRequest, usage } from '../../src/arguments.ts';
import { herokuHosts } from '../../src/heroku/hosts.ts';
import * as containerToken from '../../src/messages/container-token.ts';
import * as docker from '../../src/messages/docker.ts';
import * as file from '../../src/messages/file.ts';
import * as git from '../../src/messages/git.ts';
import * as login from '../../src/messages/login.ts';
import * as logout from '../../src/messages/logout.ts';
import * as network from '../../src/messages/network.ts';
import * as program from '../../src/messages/program.ts';
import * as shellNotice from '../../src/messages/shell-notice.ts';
import * as status from '../../src/messages/status.ts';
import * as steps from '../../src/messages/steps.ts';
import type { Outcome } from '../../src/report.ts';
import { makeContext } from './context.ts';
import { root } from './root.ts';

const messages = {
  ...containerToken,
  ...docker,
  ...git,
  ...login,
  ...logout,
  ...shellNotice,
  ...status,
};

const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** What heroku-login can print, with samples in the place of what differs. */
export function programSentences(): string[] {
  const inCodespace = makeContext({ env: { CODESPACES: 'true' } });
  const contexts = [inCodespace, makeContext()];
  const later = Date.now() + 1e9;
  // Sentences about names and addresses, and sentences that depend on where they are said.
  const plain = [
    ...(['defaultApp', 'noDefaultApp'] as const),
    ...(['dockerAdded', 'dockerHasOwn', 'dockerLoginRejected'] as const),
    ...(['dockerNotChanged', 'dockerNotRemoved', 'dockerRemoved', 'emptyInput'] as const),
    ...(['foreignRepository', 'gitPushRejected', 'netrcGpg', 'noRegistry', 'noRemotes'] as const),
    ...([
      'notChecked',
      'notIgnored',
      'notLoggedOut',
      'notRemoved',
      'notStored',
      'noticeUnexpected',
    ] as const),
    ...(['otherRejected', 'prebuild', 'remoteAdded', 'remoteDiffers', 'remoteNotAdded'] as const),
    ...(['badInput', 'nothingStored', 'noticeUnusableFile'] as const),
    ...(['gitAlsoAsks', 'netrcNotIgnored', 'passwordInKey', 'pushGoesElsewhere'] as const),
    ...(['otherToken', 'stillThere', 'trackedByGit', 'trackingUnknown'] as const),
  ];
  const placed = [
    ...(['expiresSoon', 'gitRejected', 'gitContainerTokenRejected', 'loggedOutHere'] as const),
    'loggedOutHereAlone' as const,
    ...(['secretRemoved', 'containerTokenRevoked', 'containerTokenRejected'] as const),
  ];
  const known = { account: 'X', expiresAt: later };
  const problem = { source: 'X', reason: 'X' };
  const outcomes: Outcome[] = [
    'logged_in',
    'no_token',
    'unusable_token',
    'rejected',
    'unreachable',
  ];
  const samples: Record<string, string[]> = {
    ...Object.fromEntries(plain.map((name) => [name, [messages[name]('X', 'X', 'X')]])),
    ...Object.fromEntries(
      placed.map((name) => [name, contexts.map((context) => messages[name](context, 'X'))]),
    ),
    notAsked: [undefined, 'global', 'local', 'command'].flatMap((scope) =>
      ['', 'X'].map((asked) => messages.notAsked('X', { own: 'X', scope, git: 'X', asked })),
    ),
    passwordInAddress: ['remote.x.url', 'remote.x.pushurl', 'submodule.x.url'].flatMap((key) =>
      ['local', 'global'].map((scope) => messages.passwordInAddress(scope, key, 'X')),
    ),
    askLogout: contexts.map((context) => messages.askLogout(context, 'X').replace('Heroku: ', '')),
    cameLater: [messages.cameLater(['X'])],
    askToken: [messages.askToken().replace('Heroku: ', '')],
    loggedIn: [undefined, null, later].flatMap((at) =>
      [true, false].map((isOwn) =>
        messages.loggedIn(inCodespace, { account: 'X', expiresAt: at, isOwn }),
      ),
    ),
    loggedOut: [true, false].map(messages.loggedOut),
    notFound: ['X', undefined].map(messages.notFound),
    tokenLeft: [messages.tokenLeft([1, 2])],
    noContainerToken: [undefined, later].map((at) =>
      messages.noContainerToken(inCodespace, 'X', at),
    ),
    noToken: contexts.flatMap((context) =>
      [true, false].map((own) => messages.noToken(context, own)),
    ),
    noticeContainerToken: contexts.map((context) => messages.noticeContainerToken(context, later)),
    notice: contexts.flatMap((context) =>
      [...outcomes, 'not_stored' as const].flatMap((outcome) =>
        [true, false].flatMap(
          (canBeHidden) =>
            messages.notice(
              context,
              { outcome, sentence: '', source: 'X', expiresAt: later },
              canBeHidden,
            ) ?? [],
        ),
      ),
    ),
    verifiedAs: [messages.verifiedAs(inCodespace, known, 'X')],
    verifiedContainerToken: [messages.verifiedContainerToken(inCodespace, known, later)],
    rejected: contexts.flatMap((context) =>
      ['X', undefined].map((kept) => messages.rejected(context, problem, kept)),
    ),
    containerTokenNotRevoked: contexts.map((context) =>
      messages.containerTokenNotRevoked(context, 'X', later),
    ),
    unreachable: ['X', undefined].map((kept) => messages.unreachable('X', kept)),
    unusable: contexts.map((context) => messages.unusable(context, problem)),
    unusableSecret: [messages.unusableSecret(inCodespace, { ...problem, isFile: true })],
  };
  // Parts of sentences.
  const clauses = [
    ...['appForbidden', 'appNotFound', 'appUnreachable', 'gitNotRun', 'gitSays', 'nearLimit'],
    ...['noWorkTree', 'programUses'],
  ];
  const exported = Object.keys(messages).filter(
    (name) => typeof messages[name as keyof typeof messages] === 'function',
  );
  assert.deepEqual([...Object.keys(samples), ...clauses].sort(), exported.sort());
  const { warnings } = herokuHosts({ HEROKU_HOST: 'x.example', HEROKU_GIT_HOST: 'x.example' });
  const quoted = (path: string, pattern: RegExp) => {
    const [, text] = pattern.exec(read(path)) ?? [];
    assert.ok(text, `${path} has no ${pattern}`);
    return text.replaceAll(/\$\{[^}]*\}|\$\w+/g, 'X');
  };
  return [
    ...Object.values(samples).flat(),
    ...warnings,
    ...wrongUsages(),
    program.unexpected('X').split('\n')[0] ?? '',
    file.netrcUnusable('X'),
    program.noHome(),
    program.notOwnHome('X'),
    program.homeOpenToOthers('X'),
    quoted('src/image/bin/heroku-login', /echo "(Heroku: [^"]*)"/),
  ];
}

function wrongUsages(): string[] {
  return [['x'], ['--x'], ['login', 'x'], ['status', '--hook'], ['--hook', '--shell']].map(
    (args) => {
      try {
        parseRequest(args);
      } catch (error) {
        return (error as Error).message;
      }
      throw new Error(`${args.join(' ')} is no wrong usage`);
    },
  );
}

/** What install.sh and its parts can say, by their source, with X in the place of variables. */
export function installSentences(): string[] {
  const parts = readdirSync(join(root, 'src/install')).filter((name) => name.endsWith('.sh'));
  const files = ['install.sh', ...parts.map((name) => `src/install/${name}`)];
  return files.flatMap((file) =>
    [...read(file).matchAll(/\b(?:fail|say|ensure) "((?:[^"\\]|\\.)*)"/g)]
      .map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1'))
      .map((text) => text.replaceAll(/\$\{?[\w*]+\}?/g, 'X'))
      // The helpers themselves.
      .filter((text) => !/^X$/.test(text)),
  );
}

/** All of them, parts of sentences and the descriptions of the options included, each on lines of its own. */
export function everyMessage(): string[] {
  const context = makeContext({ env: { CODESPACES: 'true' } });
  const parts: unknown[] = [messages, file, network, program, steps].flatMap(Object.values);
  const feature = JSON.parse(read('devcontainer-feature.json')) as {
    description: string;
    options: Record<string, { description: string }>;
  };
  return [
    ...programSentences(),
    ...installSentences(),
    ...parts.flatMap((part) => textsOf(part, context)),
    usage,
    feature.description,
    ...Object.values(feature.options).map(({ description }) => description),
  ];
}

/** Texts in a value; of a function, what it makes of samples. */
function textsOf(value: unknown, context: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).flatMap((part: unknown) => textsOf(part, context));
  }
  if (typeof value !== 'function') return [];
  return [
    ['X', 'X', 'X'],
    [context, 'X', 'X'],
    [context, { source: 'X', reason: 'X' }],
  ].flatMap((args) => {
    try {
      return textsOf((value as (...all: unknown[]) => unknown)(...args), context);
    } catch {
      // Not the right samples for this one.
      return [];
    }
  });
}
