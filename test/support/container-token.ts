// The rig for the option `perContainerToken`: what Heroku and the home know of the container's own tokens.
import assert from 'node:assert/strict';
import type { RecordedOptions } from '../../src/options.ts';
import { day, dev, token as secret, send, useProgram } from './rig.ts';

/** A row of the list of authorizations, as far as it is used. */
export interface Authorization {
  readonly id: string;
  readonly description: string;
  readonly scope: string[];
  readonly access_token: { readonly expires_in: number } | null;
}

/** What a login with a token of the container's own prints. */
export const loggedInAlone =
  "Heroku: logged in as dev@example.com with this container's own token (secret expires in 29 days)\n";

/** A rig whose program has the option; see {@link useProgram}. */
export function useContainerToken(recorded: RecordedOptions = {}) {
  const rig = useProgram({ perContainerToken: true, ...recorded });
  const list = () => `${rig.heroku.url}/oauth/authorizations`;
  /** The tokens of containers that the account has, as its user sees them in the dashboard. */
  const containerTokens = async () => {
    const rows = (await (await send(list(), secret)).json()) as Authorization[];
    return rows.filter(({ description }) => /^(Codespace|Dev container) /.test(description));
  };
  /** The token in ~/.netrc. */
  const storedToken = () => / {2}password (\S+)\n/.exec(rig.stored() ?? '')?.[1] ?? '';
  return Object.assign(rig, {
    storedToken,
    containerTokens,
    /** Revokes all of these, as the user can. */
    revokeInDashboard: async () => {
      for (const { id } of await containerTokens()) {
        assert.equal((await send(`${list()}/${id}`, secret, { method: 'DELETE' })).status, 200);
      }
    },
    /** Changes the state as if the tokens of this container were created so many days earlier. */
    makeOlder: (days: number) => {
      const by = days * day * 1000;
      const { state } = rig.context();
      for (const [of, { madeAt, expiresAt, ...token }] of state.containerTokens()) {
        const older = { ...token, madeAt: madeAt - by, expiresAt: expiresAt - by };
        assert.ok(state.containerToken(of).write(older));
      }
    },
    /** Logs in, and returns the token that is stored then. */
    logIn: async () => {
      await rig.run();
      return storedToken();
    },
    /** Lets Heroku know one more token of an account, and forget all others but `kept` of {@link dev}. */
    logInElsewhere: (other: { token: string; email: string }, ...kept: string[]) => {
      const known = kept.map((token) => ({ ...dev, token }));
      rig.heroku.set({ accounts: [...known, { ...other, expiresIn: 29 * day }] });
    },
  });
}
