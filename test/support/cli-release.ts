// The real Heroku CLI on this machine, made once for all tests.
import { dirname, join } from 'node:path';
import { cliRelease } from '../stand-in/cli-release.ts';

/** Kept between runs and ignored by git. */
export const cacheDir = join(dirname(dirname(import.meta.dirname)), '.cache');

export const release = () => cliRelease({ cacheDir });
