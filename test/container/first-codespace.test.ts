// The whole path on real parts, as `npm test` tries it: the Feature, pulled from a registry, in a
// codespace that is created as GitHub does it. Only Heroku is faked.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Codespace } from '../codespace/codespace.ts';
import type { CreationLog } from '../codespace/creation-log.ts';
import { OWN_HOOKS } from '../codespace/host.ts';
import { simulatorToken } from '../codespace/leaks.ts';
import { useSimulator } from '../codespace/use-simulator.ts';

const TOKEN = simulatorToken('ofTheFirstCodespace');
const PUSH = 'git push https://git.heroku.com/my-app.git HEAD:main';

const { simulator, heroku } = useSimulator(async (heroku) => {
  const expiresIn = 29 * 24 * 60 * 60 + 60;
  const accounts = [{ email: 'dev@example.com', token: TOKEN, expiresIn, apps: ['my-app'] }];
  await heroku.set({ accounts });
});

describe('the first codespace with the Feature', () => {
  let codespace: Codespace;
  let log: CreationLog;

  before(async () => {
    codespace = await simulator.codespace();
    log = await codespace.create({ HEROKU_API_KEY: TOKEN });
  });

  it('says once that it is logged in', () => {
    const sentence = 'Heroku: logged in as dev@example.com (token expires in 29 days)';
    assert.deepEqual(log.heroku, [sentence], log.text.slice(-6000));
  });

  it('asked Heroku for the account once, although both hooks ran', async () => {
    assert.equal(log.hookTimes.length, 2);
    assert.equal((await requests('GET /account')).length, 1);
  });

  it("ran the user's own hooks", async () => {
    assert.equal(await codespace.succeeds(`cat ${OWN_HOOKS}`), 'created\nstarted\n');
  });

  it('pushes at the first try, before any heroku command, without the variable', async () => {
    await codespace.succeeds('! env | grep -E "^(HEROKU_API_KEY|GITHUB_TOKEN)="');
    await codespace.succeeds(PUSH);
    const pushed = await requests('POST /my-app.git/git-receive-pack');
    assert.deepEqual(
      pushed.map(({ status }) => status),
      [200],
    );
  });

  it('answers heroku whoami with the address, without the variable', async () => {
    assert.match(await codespace.succeeds('heroku whoami'), /^dev@example\.com$/m);
  });

  it('answers heroku whoami and pushes in a terminal of VS Code', async () => {
    const { code, output } = await codespace.terminal(`heroku whoami && ${PUSH}`);
    assert.equal(code, 0, output);
    assert.match(output, /^dev@example\.com$/m);
  });
});

const requests = async (what: string) =>
  (await heroku.seen()).filter(({ method, path }) => `${method} ${path}` === what);
