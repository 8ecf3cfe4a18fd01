// The accounts, their tokens and the faults that are left.
import { hash, randomBytes } from 'node:crypto';
import type { Account, Fault, Service, Settings, StateChange } from './model.ts';

const DEFAULTS: Settings = {
  pageSize: 200,
  rateLimit: { size: 4500, left: 4500, perMinute: 75 },
};

/** A token and what hangs on it, with every default filled in. */
export interface Authorization extends Required<Omit<Account, 'age' | 'expiresIn'>> {
  id: string;
  createdAt: Date;
  /** null: never. */
  expiresAt: Date | null;
}

/** The whole memory of one fake Heroku. */
export class State {
  settings: Settings = DEFAULTS;
  #authorizations: Authorization[] = [];
  #faults: (Fault & { times: number })[] = [];
  #buckets = new Map<string, { left: number; at: number }>();

  set({ accounts, faults, settings }: StateChange): void {
    if (accounts !== undefined) this.#authorizations = accounts.map(fromAccount);
    if (faults !== undefined) {
      this.#faults = faults.map((fault) => ({ times: Number.POSITIVE_INFINITY, ...fault }));
    }
    if (settings !== undefined) {
      this.settings = { ...DEFAULTS, ...settings };
      this.#buckets.clear();
    }
  }

  /** The authorization of a token, unless it was revoked or is past its date. */
  byToken(token: string): Authorization | undefined {
    return this.#authorizations.find((one) => one.token === token && isAlive(one));
  }

  /** All live authorizations of one account. */
  byEmail(email: string): Authorization[] {
    return this.#authorizations.filter((one) => one.email === email && isAlive(one));
  }

  /** A new token for the same account, in the form Heroku uses since April 2025. */
  create(
    { email, apps, stack }: Authorization,
    wish: Pick<Account, 'scope' | 'description' | 'expiresIn'>,
  ): Authorization {
    const token = `HRKU-AA${randomBytes(44).toString('base64url').slice(0, 58)}`;
    const made = fromAccount({ email, apps, stack, token, ...wish });
    this.#authorizations.push(made);
    return made;
  }

  /**
   * Counts a request against the account's limit and returns what is left: below zero for a request
   * that is one too many, by the part of a request that is missing.
   */
  countRequest(email: string, cost = 1): number {
    const limit = this.settings.rateLimit;
    const now = Date.now();
    const before = this.#buckets.get(email) ?? { left: limit.left, at: now };
    const refilled = before.left + ((now - before.at) / 60_000) * limit.perMinute;
    const left = Math.min(limit.size, refilled) - cost;
    this.#buckets.set(email, { left: left < 0 ? left + cost : left, at: now });
    return left;
  }

  /** Seconds until a request will be let through that lacks this part of one. */
  secondsFor(missing: number): number {
    return Math.ceil((missing * 60) / this.settings.rateLimit.perMinute);
  }

  /** Takes the first fault for this request and uses up one of its times. */
  takeFault(service: Service, method: string, path: string): Fault['do'] | undefined {
    const fault = this.#faults.find(
      (one) =>
        one.times > 0 &&
        (one.host === undefined || one.host === service) &&
        (one.method === undefined || one.method.toUpperCase() === method) &&
        (one.path === undefined || path.startsWith(one.path)),
    );
    if (fault === undefined) return undefined;
    fault.times -= 1;
    return fault.do;
  }
}

/** Fills in the defaults. */
export function fromAccount({ age = 0, expiresIn = null, ...account }: Account): Authorization {
  return {
    description: 'Codespaces',
    scope: ['global'],
    state: 'active',
    apps: ['my-app'],
    stack: 'heroku-24',
    ...account,
    id: uuidOf(`authorization ${account.token}`),
    createdAt: new Date(Date.now() - age * 1000),
    expiresAt: expiresIn === null ? null : new Date(Date.now() + expiresIn * 1000),
  };
}

function isAlive(one: Authorization): boolean {
  return one.state !== 'revoked' && (one.expiresAt === null || one.expiresAt > new Date());
}

/** The same uuid for the same text, so that ids stay stable from one answer to the next. */
export function uuidOf(text: string): string {
  const hex = hash('sha256', text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
