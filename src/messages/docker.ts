// Docker's login to Heroku's registry.

/** Said beside a login. */
export const dockerLoggedIn = (registry: string) => `docker is logged in to ${registry}`;

export const noDocker = (registry: string) =>
  `docker was not logged in to ${registry}, because there is no docker command here. Add one to the image, for example with the Feature docker-in-docker, or leave out the option containerRegistry.`;

export const noRegistry = () =>
  'docker was not logged in: where HEROKU_HOST leads there is no registry of images.';

export const dockerFailed = (registry: string, reason: string) =>
  `docker was not logged in to ${registry}; ${reason.replace(/\.$/, '')}. The next start of the container tries again, or now: heroku-login`;

export const dockerNotTouched = (problem: string) =>
  `docker's login to Heroku's registry was left as it is, because of ${problem}. When that is mended, run: heroku-login`;

export const dockerLoggedOut = (registry: string) => `docker was logged out of ${registry}.`;

/** The token is still there. */
export const dockerKeeps = (registry: string, file: string, reason: string) =>
  `docker's login to ${registry} is still in ${file}, because ${reason.replace(/\.$/, '')}. To take it out: docker logout ${registry}`;
