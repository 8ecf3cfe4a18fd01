// The rig for the option `perContainerToken`: what Heroku and the home know of the container's own tokens.
import assert from 'node:assert/strict';
import type { RecordedOptions } from '../../src/options.ts';
import { day, dev, type Rig, token as secret, send, useProgram } from './rig.ts';

/** A row of the list of authorizations, as far as it is used. */
export interface Authorization {
  readonly id: string;
  readonly description: string;
  readonly scope: string[];
  readonly access_token: { readonly expires_in: number } | null;
}

/** What a login with a token of the container's own prints. */
export const loggedInAlone =
  "Heroku: logged in as dev@example.com with this container's own token (token expires in 29 days)\n";

export interface ContainerTokenRig extends Rig {
  /** The token in ~/.netrc. */
  storedToken(): string;
  /** Logs in, and returns the token that is stored then. */
  logIn(): Promise<string>;
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
  const list = () => `${rig.heroku.url}/oauth/authorizations`;
  const containerTokens = async () => {
    const rows = (await (await send(list(), secret)).json()) as Authorization[];
    return rows.filter(({ description }) => /^(Codespace|Dev container) /.test(description));
  };
  const storedToken = () => / {2}password (\S+)\n/.exec(rig.stored() ?? '')?.[1] ?? '';
  return Object.assign(rig, {
    storedToken,
    containerTokens,
    revokeInDashboard: async () => {
      for (const { id } of await containerTokens()) {
        assert.equal((await send(`${list()}/${id}`, secret, 'DELETE')).status, 200);
      }
    },
    makeOlder: (days: number) => {
      const by = days * day * 1000;
      const { state } = rig.context();
      for (const [of, { madeAt, expiresAt, ...token }] of state.containerTokens()) {
        const older = { ...token, madeAt: madeAt - by, expiresAt: expiresAt - by };
        assert.ok(state.containerToken(of).write(older));
      }
    },
    logIn: async () => {
      await rig.run();
      return storedToken();
    },
    logInElsewhere: (other: { token: string; email: string }, ...kept: string[]) => {
      const known = kept.map((token) => ({ ...dev, token }));
      rig.heroku.set({ accounts: [...known, { ...other, expiresIn: 29 * day }] });
    },
  });
}
