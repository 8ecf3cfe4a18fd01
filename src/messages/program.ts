// What heroku-login says of itself.

import { sanitizeForTerminal } from '../report.ts';

/** A wrong usage, with what is wrong. */
export const usage = (what: string) => `${what}. For help, run: heroku-login --help`;

export const wrongUsage = {
  argument: (command: string) =>
    `${command} takes no further arguments. To pass a token on standard input, use --with-token`,
  exclusive: (one: string, other: string) => `--${one} and --${other} cannot be combined`,
  loginOnly: '--with-token only works with login',
  command: 'unknown command',
  option: 'unknown option, or an option that takes no value',
} as const;

/** A bug: the container opens anyway. */
export const unexpected = (what: string) =>
  `Heroku: heroku-login crashed. This is a bug; please report it:\n${what}\n`;

/** `HOME` is not set to an absolute path, and the user has no account. */
export const noHome = () =>
  'nothing was stored, because this user has no home folder. Set HOME to an absolute path, then run: heroku-login';

/** Root could not go on as the owner. */
export const notOwnHome = (home: string) =>
  `nothing was stored, because ${sanitizeForTerminal(home)} belongs to another user, and root cannot become that user here. As that user, run: heroku-login`;

export const homeOpenToOthers = (folder: string) =>
  `nothing was stored, because other users may change ${sanitizeForTerminal(folder)}, where root would store the login. Set HOME to a folder that only root may change, then run: heroku-login`;
