// What heroku-login says of itself.

/** A wrong usage, with what is wrong. */
export const usage = (what: string) => `${what}. See: heroku-login --help`;

export const wrongUsage = {
  argument: (command: string) =>
    `${command} takes no further argument. A token goes to standard input: --with-token`,
  exclusive: (one: string, other: string) => `--${one} and --${other} exclude each other`,
  loginOnly: '--with-token goes with login only',
  command: 'there is no such command',
  option: 'there is no such option, or it takes no value',
} as const;

/** A bug: the container opens anyway. */
export const unexpected = (what: string) =>
  `Heroku: heroku-login failed in a way that it should not. Please report this:\n${what}\n`;
