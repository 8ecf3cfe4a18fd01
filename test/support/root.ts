// Where this checkout is.
import { dirname, join } from 'node:path';

export const root = dirname(dirname(import.meta.dirname));

/** Kept between runs and ignored by git. */
export const cacheDir = join(root, '.cache');
