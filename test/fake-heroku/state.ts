// The accounts, their tokens and the faults that are left.
import { createHash, randomBytes } from 'node:crypto';
import type { Account, Fault, Service, Settings, StateChange } from './model.ts';

/** A token and what hangs on it, with every default filled in. */
export interface Authorization {
  id: string;
  email: string;
  token: string;
  description: string;
  scope: string[];
  state: NonNullable<Account['state']>;
  apps: string[];
  stack: NonNullable<Account['stack']>;
  createdAt: Date;
  /** null: never. */
  expiresAt: Date | null;
}

interface LiveFault {
  fault: Fault;
  left: number;
}

/** The whole memory of one fake Heroku. */
export class State {
  settings: Settings = {
    pageSize: 200,
    rateLimit: { size: 4500, left: 4500, perMinute: 75 },
  };
  #authorizations: Authorization[] = [];
  #faults: LiveFault[] = [];
  #buckets = new Map<string, { left: number; at: number }>();

  set(change: StateChange): void {
    if (change.accounts !== undefined) {
      this.#authorizations = change.accounts.map((account) => fromAccount(account));
    }
    if (change.faults !== undefined) {
      this.#faults = change.faults.map((fault) => ({
        fault,
        left: fault.times ?? Number.POSITIVE_INFINITY,
      }));
    }
    if (change.settings?.rateLimit !== undefined) this.#buckets.clear();
    this.settings = { ...this.settings, ...change.settings };
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
    owner: Authorization,
    wish: { scope: string[]; description: string; expiresIn: number | null },
  ): Authorization {
    const made: Authorization = {
      ...fromAccount({
        email: owner.email,
        token: `HRKU-AA${randomBytes(44).toString('base64url').slice(0, 58)}`,
        expiresIn: wish.expiresIn,
        scope: wish.scope,
        apps: owner.apps,
        stack: owner.stack,
      }),
      description: wish.description,
    };
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
    const live = this.#faults.find(
      ({ fault, left }) =>
        left > 0 &&
        (fault.host === undefined || fault.host === service) &&
        (fault.method === undefined || fault.method.toUpperCase() === method) &&
        (fault.path === undefined || path.startsWith(fault.path)),
    );
    if (live === undefined) return undefined;
    live.left -= 1;
    return live.fault.do;
  }
}

function fromAccount(account: Account): Authorization {
  const expiresIn = account.expiresIn ?? null;
  return {
    id: uuidOf(`authorization ${account.token}`),
    email: account.email,
    token: account.token,
    description: account.description ?? 'Codespaces',
    scope: account.scope ?? ['global'],
    state: account.state ?? 'active',
    apps: account.apps ?? ['my-app'],
    stack: account.stack ?? 'heroku-24',
    createdAt: new Date(Date.now() - (account.age ?? 0) * 1000),
    expiresAt: expiresIn === null ? null : new Date(Date.now() + expiresIn * 1000),
  };
}

function isAlive(one: Authorization): boolean {
  return one.state !== 'revoked' && (one.expiresAt === null || one.expiresAt > new Date());
}

/** The same uuid for the same text, so that ids stay stable from one answer to the next. */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
