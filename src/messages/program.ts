// What heroku-login says of itself and of the programs it starts.

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

/** Why a program failed that said nothing; `late` is the limit in milliseconds, if it was over. */
export const ended = (code: number | null, late: number | undefined) =>
  late === undefined
    ? `it ended with code ${code}`
    : `it took more than ${Math.round(late / 100) / 10} s`;
