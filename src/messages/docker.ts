// Docker's use of the login for Heroku's container registry.

/** Said beside a login that gave docker our credential helper. */
export const dockerAdded = (registry: string) => `docker uses this login for ${registry}`;

/** Said beside a login if docker has another one, from a file or from a credential helper. */
export const dockerHasOwn = (registry: string, place: string, file: string) =>
  `docker keeps using its own login for ${registry}, from ${place}. To use this login instead, remove that entry from ${file}, then run: heroku-login`;

export const noRegistry = () =>
  'docker was not set up: the host in HEROKU_HOST has no container registry.';

export const dockerNotChanged = (file: string, reason: string) =>
  `could not set up docker: cannot change ${file}: ${reason}. Once that is fixed, run: heroku-login`;

/** Said instead of {@link dockerRemoved}. */
export const dockerNotRemoved = (file: string, reason: string) =>
  `could not remove heroku-login from docker's settings in ${file}: ${reason}. Once that is fixed, remove the line with heroku-login from that file.`;

/** Said beside a logout, and beside a login without the option. */
export const dockerRemoved = () => 'docker no longer uses this login.';

/** Shown by docker, which puts it between backticks. */
export const dockerLoginRejected = () =>
  "this login was not saved: docker gets its token for Heroku's registry from heroku-login, and this is a different one. To use it for docker, heroku and git, run: heroku-login --with-token";
