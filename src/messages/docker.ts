// Docker's login to Heroku's registry.

/** Said beside a login. */
export function dockerLoggedIn(registry: string): string {
  return `docker is logged in to ${registry}`;
}

export function noDocker(registry: string): string {
  return `docker was not logged in to ${registry}, because there is no docker command here. Add one to the image, for example with the Feature docker-in-docker, or leave out the option containerRegistry.`;
}

export function noRegistry(): string {
  return 'docker was not logged in: where HEROKU_HOST leads there is no registry of images.';
}

export function dockerFailed(registry: string, reason: string): string {
  return `docker was not logged in to ${registry}; ${reason.replace(/\.$/, '')}. The next start of the container tries again, or now: heroku-login`;
}

export function dockerNotTouched(problem: string): string {
  return `docker's login to Heroku's registry was left as it is, because of ${problem}. When that is mended, run: heroku-login`;
}

export function dockerLoggedOut(registry: string): string {
  return `docker was logged out of ${registry}.`;
}

/** The token is still there. */
export function dockerKeeps(registry: string, file: string, reason: string): string {
  return `docker's login to ${registry} is still in ${file}, because ${reason.replace(/\.$/, '')}. To take it out: docker logout ${registry}`;
}
