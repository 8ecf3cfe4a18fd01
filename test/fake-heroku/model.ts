// What a test tells the fake Heroku, and what the fake Heroku tells back.

/** One token and the person it belongs to. Entries with the same email belong to one account. */
export interface Account {
  email: string;
  token: string;
  /** Seconds left from the moment of `set`; null or absent means the token never expires. */
  expiresIn?: number | null;
  /** Default `['global']`. Without `global`, `GET /oauth/authorizations` answers 403 `forbidden`. */
  scope?: string[];
  /** Default `active`. Every other state refuses the API call in its own way, and git and the registry with 401. */
  state?:
    | 'active'
    | 'revoked'
    | 'suspended'
    | 'forbidden'
    | 'two_factor'
    | 'delinquent'
    | 'no_account';
  /** What the list of authorizations calls it; default `Codespaces`. */
  description?: string;
  /** How many seconds ago it was made; default 0. */
  age?: number;
  /** Apps that may be listed and pushed to as `https://git.heroku.com/<app>.git`; default `['my-app']`. */
  apps?: string[];
  /** Stack of these apps; default `heroku-24`. */
  stack?: 'heroku-24' | 'container';
}

/** How one request goes wrong. The first fault that matches a request is used, and only that one. */
export interface Fault {
  host?: Service;
  method?: string;
  /** Prefix of the request target. */
  path?: string;
  /** How many requests it hits; without it, until the next `set`. */
  times?: number;
  do:
    | { kind: 'hang' }
    | { kind: 'reset' }
    /** Without `body`, the API's own error body if Heroku documents one for this status. */
    | { kind: 'status'; status: number; headers?: Record<string, string>; body?: string }
    | { kind: 'redirect'; to: string }
    /** The 200 page of a captive portal. */
    | { kind: 'html' }
    /** The real answer, dripping. */
    | { kind: 'slow'; bytesPerSecond: number }
    /** The real answer's headers (its Content-Length too), this many bytes of its body, then the end. */
    | { kind: 'truncate'; bytes: number }
    /** A 200 of at least this many bytes that looks like JSON, streamed without a Content-Length. */
    | { kind: 'big'; bytes: number }
    /** The real answer, later. */
    | { kind: 'delay'; ms: number };
}

/** Which of Heroku's hosts would have answered; told apart by the path. */
export type Service = 'api' | 'git' | 'assets' | 'registry';

/** One request as it arrived. `authorization` is kept: tests ask which token went where. */
export interface Seen {
  /** Milliseconds since the epoch. */
  at: number;
  protocol: 'http' | 'https';
  /** The Host header. */
  host: string;
  method: string;
  /** The request target, query included. */
  path: string;
  headers: Record<string, string>;
  /** null while, or because, nothing was answered. */
  status: number | null;
}

/** What `set` replaces; a member that is left out stays as it is. */
export interface StateChange {
  accounts?: Account[];
  faults?: Fault[];
  /** Those that are not named get their defaults back, and the buckets are filled anew. */
  settings?: Partial<Settings>;
}

export interface Settings {
  /** Rows per answer of a list; more rows make a 206 with `Next-Range`. Default 200. */
  pageSize: number;
  /** Default 4500, 75 of which come back a minute. */
  rateLimit: RateLimit;
}

/**
 * A bucket of requests for each account, as Heroku documents it (docs/facts/heroku.md part
 * 1.5).
 */
export interface RateLimit {
  /** How many it holds at most. */
  size: number;
  /** How many are in it at first. */
  left: number;
  /** How many a minute come back. */
  perMinute: number;
}

/** An answer before it is sent, so that faults can act on it whoever made it. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** Pieces of it. */
  body: Iterable<Buffer> | AsyncIterable<Buffer>;
}
