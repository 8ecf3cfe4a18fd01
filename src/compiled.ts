// A program by V8's compiled form of it, which install.sh makes once: compiling heroku-login takes a third of the
// time of a hook that changes nothing. Node's own compile cache would have to be made for each user.

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Script } from 'node:vm';
import { orNothing } from './report.ts';

/** Where the compiled form of a program is. */
export const compiledFile = (program: string): string => `${program}.cache`;

/**
 * Runs a program in its compiled form. If that is missing, or of another version of V8, it only takes longer.
 *
 * @param program absolute path of a CommonJS module that exports nothing.
 * @returns what V8 keeps of it.
 */
export function runProgram(program: string): Script {
  // Bundles are ASCII. Only a file may begin with `#!`.
  const source = readFileSync(program, 'latin1').replace('#!', '//');
  const cachedData = orNothing(() => readFileSync(compiledFile(program)));
  const script = new Script(`((require, __dirname) => {${source}\n})`, {
    filename: program,
    ...(cachedData && { cachedData }),
  });
  script.runInThisContext()(require, dirname(program));
  return script;
}
