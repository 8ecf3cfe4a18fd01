// The editor of ~/.netrc, judged by those who read that file: libcurl, git (whose reader is libcurl)
// and the Heroku CLI's own parser. Its own rules: test/unit/netrc.test.ts.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { addBlock, passwordFor, passwordForCli } from '../../src/credentials/netrc.ts';
import { cliNetrcParser } from '../support/cli-netrc-parser.ts';
import { constructs, ours, token } from '../support/netrc-constructs.ts';
import { temporaryFolder } from '../support/program.ts';

describe('what libcurl reads', () => {
  let server: Server;
  let port: number;
  before(async () => {
    // Answers with the password that came, on a line of its own, so that curl prints it.
    server = createServer((request, response) => {
      const sent = (request.headers.authorization ?? '').replace('Basic ', '');
      const [, ...password] = Buffer.from(sent, 'base64').toString('latin1').split(':');
      response.end(`${password.join(':')}\n`, 'latin1');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  after(() => server.close());

  /** The passwords that libcurl sends to each host; empty if it sends none. */
  function curl(text: string, ...hosts: string[]): Promise<string[]> {
    const file = join(temporaryFolder(), 'netrc');
    writeFileSync(file, text, 'latin1');
    const options = ['-s', '--netrc-file', file, '--connect-to', `::127.0.0.1:${port}`];
    const child = spawn('curl', [...options, ...hosts.map((host) => `http://${host}/`)]);
    return new Promise((resolve, reject) => {
      let printed = '';
      child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
        printed += chunk;
      });
      child.on('error', reject);
      child.on('close', () => resolve(printed.split('\n').slice(0, hosts.length)));
    });
  }

  const machines = ['git.heroku.com', 'api.heroku.com'];

  for (const [name, text] of Object.entries(constructs)) {
    test(`our token for both hosts, and the rest as before: ${name}`, async () => {
      const [[before], [git, api, after]] = await Promise.all([
        curl(text, 'example.com'),
        curl(addBlock(text, ours), ...machines, 'example.com'),
      ]);
      assert.deepEqual([git, api], [token, token]);
      // A byte order mark at the start hides the whole file from libcurl; behind our entries it
      // hides no more than the word that it is glued to.
      if (name !== 'byte order mark') assert.equal(after, before);
    });
  }

  test('passwordFor reads as libcurl does', async () => {
    for (const name of [
      'several lines, indented by blanks',
      'lines not indented',
      'duplicate host',
      'one line, tabs between words',
      'login on line 1, password on line 2',
      'quoted password',
      'machine and host on two lines',
      'text after a value',
      'two machines on one line',
    ]) {
      const text = constructs[name] ?? '';
      const read = machines.map((host) => passwordFor(text, host) ?? '');
      assert.deepEqual(read, await curl(text, ...machines), name);
    }
  });
});

describe("what the CLI's own parser reads", async () => {
  const parse = await cliNetrcParser();

  for (const [name, text] of Object.entries(constructs)) {
    test(`our token for both hosts, and the rest as before: ${name}`, () => {
      const present = decode(text);
      const stored = decode(addBlock(text, ours));
      assert.equal(parse(stored)['api.heroku.com']?.password, token);
      assert.equal(parse(stored)['git.heroku.com']?.password, token);
      assert.equal(parse(stored)['api.heroku.com']?.login, 'dev@example.com');
      assert.equal(parse(stored)['example.com']?.password, parse(present)['example.com']?.password);
    });

    test(`passwordForCli agrees: ${name}`, () => {
      for (const host of ['api.heroku.com', 'git.heroku.com', 'example.com']) {
        const theirs = parse(decode(text))[host]?.password;
        assert.equal(passwordForCli(text, host), theirs);
      }
    });
  }
});

function decode(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
