// Heroku's own commands for the work after the login, as far as they go without the real Heroku: each works,
// or says what docs/troubleshooting.md quotes. The image has neither Node nor psql.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer as listen } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createServer, type Server } from 'node:tls';
import { makeCertificates } from '../fake-heroku/certificates.ts';
import { run } from '../support/command.ts';
import { useInstalled } from '../support/installed.ts';
import { pathWithout } from '../support/path-without.ts';
import { temporaryFolder } from '../support/program.ts';
import { dev, status, textOf, token } from '../support/rig.ts';
import { root } from '../support/root.ts';

const rig = useInstalled();
const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
let path: string;
before(() => {
  path = pathWithout('node', 'nodejs', 'npm', 'npx', 'psql');
});
beforeEach(() => rig.heroku.set({ accounts: [{ ...dev, apps: ['my-app'] }] }));

/** Runs a line of shell; the first folder of the PATH has the commands of the Feature. */
const script = (command: string) =>
  rig.script(`unset DISPLAY BROWSER; PATH=\${PATH%%:*}:${path}; ${command}`, { key: token });
const inHome = (name: string) => join(rig.home, name);
const program = (name: string, text: string) =>
  writeFileSync(inHome(name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });

/** Fails unless a heading of the page quotes what was said; the CLI breaks lines as it likes. */
function assertQuoted(command: string, said: string): void {
  const heading = new RegExp(`^### ${command}: "(.*)"$`, 'gm');
  const quotes = [...page.matchAll(heading)].map(([, quote = '']) => quote.split('…'));
  const text = said.replace(/\s+/g, ' ');
  const isQuoted = quotes.some((parts) => parts.every((part) => text.includes(part)));
  assert.ok(isQuoted, `${command}\n${said}\n${JSON.stringify(quotes)}`);
}

describe('heroku open', () => {
  test('hands the address of the app to the browser of the editor', async () => {
    program('browser', `echo "$@" >>${inHome('opened')}`);
    const { code, stdout } = await script(`BROWSER=${inHome('browser')} heroku open -a my-app`);
    assert.deepEqual([code, stdout], [0, 'Opening https://my-app.herokuapp.com/...\n']);
    // The CLI does not wait for it.
    while (textOf(inHome('opened')) === undefined) await setTimeout(9);
    assert.equal(textOf(inHome('opened')), 'https://my-app.herokuapp.com/\n');
  });

  test('prints the address if there is no browser', async () => {
    const { code, stdout } = await script('heroku open -a my-app');
    assert.deepEqual([code, stdout], [0, 'Opening https://my-app.herokuapp.com/...\n']);
    assertQuoted('heroku open', stdout);
  });
});

test("heroku local runs the Procfile with the image's programs, and says if one is missing", async () => {
  writeFileSync(inHome('Procfile'), 'web: echo served\n');
  assert.match((await script('heroku local')).output, /web\.1 +\| +served/);
  writeFileSync(inHome('Procfile'), 'web: node server.js\n');
  const { code, output } = await script('heroku local');
  assert.equal(code, 0);
  assertQuoted('heroku local', output);
});

describe('heroku run', () => {
  let server: Server;
  let ca: string;
  before(async () => {
    const files = makeCertificates(temporaryFolder(), ['localhost']);
    ca = files.ca;
    const [cert, key] = [readFileSync(files.cert), readFileSync(files.key)];
    server = createServer({ cert, key }, (socket) => {
      // What comes with the first line would be lost: the CLI drops the whole first piece.
      socket.once('data', async (secret) => {
        for (const piece of ['rendezvous\r\n', `this is ${secret}`]) {
          socket.write(piece);
          await setTimeout(200);
        }
        socket.end('\uffff heroku-command-exit-status: 3\n');
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  after(() => server.close());

  /** A one-off dyno whose output is at this port (docs/facts/heroku.md part 14). */
  const dynoAt = (port: number) => {
    const attach_url = `rendezvous://localhost:${port}/the-dyno`;
    const dyno = { attach_url, name: 'run.1', size: 'Basic', state: 'starting' };
    const answer = status(201, JSON.stringify(dyno));
    rig.fail(answer, { method: 'POST', path: '/apps/my-app/dynos' });
  };

  test('shows what the dyno says, and ends with its exit code', async () => {
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    dynoAt(address.port);
    const command = `SSL_CERT_FILE=${ca} heroku run --exit-code -a my-app -- true`;
    const { code, stdout, output } = await script(command);
    assert.match(stdout, /this is the-dyno/, output);
    assert.equal(code, 3, output);
  });

  test('says so if nothing but the proxy can be reached', async () => {
    const closed = listen();
    await new Promise<void>((done) => closed.listen(0, '127.0.0.1', done));
    const address = closed.address();
    assert.ok(address !== null && typeof address === 'object');
    await new Promise((done) => closed.close(done));
    await assert.rejects(
      new Promise((done, fail) =>
        connect(address.port, '127.0.0.1', () => done(0)).on('error', fail),
      ),
    );
    dynoAt(address.port);
    const { code, output } = await script('heroku run -a my-app -- true');
    assert.equal(code, 1);
    assertQuoted('heroku run', output);
  });
});

describe('heroku pg:psql', () => {
  const app = { id: 'app', name: 'my-app' };
  const addon = {
    name: 'db-1',
    app,
    plan: { name: 'heroku-postgresql:x' },
    config_vars: ['DB_URL'],
  };
  const attachment = { name: 'DB', app, addon, config_vars: ['DB_URL'], namespace: null };
  const url = 'postgres://user:password@db.example.com:5432/data';
  beforeEach(() => {
    const answers = [
      ['/actions/addon-attachments/resolve', [attachment]],
      ['/apps/my-app/config-vars', { DB_URL: url }],
    ] as const;
    const faults = answers.map(([path, body]) => ({ path, do: status(200, JSON.stringify(body)) }));
    rig.heroku.set({ faults });
  });

  test('starts psql with the address of the database', async () => {
    mkdirSync(inHome('bin'));
    program('bin/psql', 'echo "$PGHOST $PGDATABASE"');
    const { code, stdout, output } = await script(
      `PATH=$PATH:${inHome('bin')} heroku pg:psql -a my-app -c "select 1"`,
    );
    assert.deepEqual([code, stdout], [0, 'db.example.com data\n'], output);
  });

  test('says so if there is no psql', async () => {
    const { code, output } = await script('heroku pg:psql -a my-app');
    assert.equal(code, 1);
    assertQuoted('heroku pg:psql', output);
  });
});

test('heroku plugins:install installs a plugin with the npm and the Node of the CLI', async () => {
  const folder = inHome('heroku-hello');
  mkdirSync(join(folder, 'commands'), { recursive: true });
  const oclif = { commands: './commands' };
  const metadata = { name: 'heroku-hello', version: '1.0.0', main: 'index.js', oclif };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(metadata));
  writeFileSync(join(folder, 'index.js'), '');
  const command = "module.exports = class { static async run() { console.log('it works') } }";
  writeFileSync(join(folder, 'commands/hello.js'), command);
  await run('tar', [
    '-czf',
    inHome('p.tgz'),
    '-C',
    rig.home,
    '--transform=s/^heroku-hello/package/',
    'heroku-hello',
  ]);
  const { code, output } = await script(`heroku plugins:install file:${inHome('p.tgz')}`);
  assert.equal(code, 0, output);
  const { stdout } = await script('heroku hello');
  assert.equal(stdout, 'it works\n');
});

describe('the browser login, which cannot end in a codespace', () => {
  const hint = /^Heroku: the browser login does not work in a codespace\. .*run: heroku-login$/m;

  test('is begun by a command of somebody who is not logged in', async () => {
    const { stderr } = await rig.script('heroku apps </dev/null');
    assertQuoted('heroku apps', stderr);
    assert.match(stderr, /setRawMode is not a function/);
  });

  test('is warned of before it begins, in a codespace alone', async () => {
    for (const command of ['heroku login', 'heroku auth:login']) {
      assert.match((await rig.script(`${command} </dev/null`)).stderr, hint);
    }
    const outside = await rig.script('CODESPACES=false heroku login </dev/null');
    assert.doesNotMatch(outside.stderr, hint);
  });
});
