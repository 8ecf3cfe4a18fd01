// The rig for the option `perContainerToken`: what Heroku and the home know of the container's own tokens.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerToken } from '../../src/credentials/state.ts';
import type { RecordedOptions } from '../../src/options.ts';
import { day, dev, type Rig, token as secret, useProgram } from './rig.ts';

/** A row of the list of authorizations, as far as it is used. */
export interface Authorization {
  readonly id: string;
  readonly description: string;
  readonly scope: string[];
  readonly access_token: { readonly expires_in: number } | null;
}

/** What a login with a token of the container's own prints. */
export const loggedInAlone =
  'Heroku: logged in as dev@example.com, with a session of this container alone (token expires in 29 days)\n';

export interface ContainerTokenRig extends Rig {
  /** The token in ~/.netrc. */
  storedToken(): string;
  /** What Heroku answers to a token. */
  statusOf(token: string): Promise<number>;
  /** The tokens of containers that the account has, as its user sees them in the dashboard. */
  containerTokens(): Promise<Authorization[]>;
  /** Revokes all of these, as the user can. */
  revokeInDashboard(): Promise<void>;
  /** Changes the state as if the tokens of this container were created so many days earlier. */
  makeOlder(days: number): void;
  /** Lets Heroku know one more token of an account, and forget all others but `kept` of {@link dev}. */
  logInElsewhere(other: { token: string; email: string }, ...kept: string[]): void;
}

/** A rig whose program has the option; see {@link useProgram}. */
export function useContainerToken(recorded: RecordedOptions = {}): ContainerTokenRig {
  const rig = useProgram({ perContainerToken: true, ...recorded });
  const send = (path: string, token = secret, method = 'GET') => {
    const accept = 'application/vnd.heroku+json; version=3';
    const headers = { accept, authorization: `Bearer ${token}` };
    return fetch(rig.heroku.url + path, { method, headers });
  };
  const containerTokens = async () => {
    const rows = (await (await send('/oauth/authorizations')).json()) as Authorization[];
    return rows.filter(({ description }) => /^(Codespace|Dev container) /.test(description));
  };
  return Object.assign(rig, {
    storedToken: () => / {2}password (\S+)\n/.exec(rig.stored() ?? '')?.[1] ?? '',
    statusOf: async (token: string) => (await send('/account', token)).status,
    containerTokens,
    revokeInDashboard: async () => {
      for (const { id } of await containerTokens()) {
        const { status } = await send(`/oauth/authorizations/${id}`, secret, 'DELETE');
        assert.equal(status, 200);
      }
    },
    makeOlder: (days: number) => {
      const folder = join(rig.home, '.local/state/heroku-login');
      for (const name of readdirSync(folder).filter((one) => /^session-\d+$/.test(one))) {
        const session = JSON.parse(readFileSync(join(folder, name), 'utf8')) as ContainerToken;
        const by = days * day * 1000;
        const older = { madeAt: session.madeAt - by, expiresAt: session.expiresAt - by };
        writeFileSync(join(folder, name), JSON.stringify({ ...session, ...older }));
      }
    },
    logInElsewhere: (other: { token: string; email: string }, ...kept: string[]) => {
      const known = kept.map((token) => ({ ...dev, token }));
      rig.heroku.set({ accounts: [...known, { ...other, expiresIn: 29 * day }] });
    },
  });
}
