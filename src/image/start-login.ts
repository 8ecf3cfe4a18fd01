// What the launcher `heroku-login` runs: the program beside this file, already compiled.

import { runProgram } from '../compiled.ts';

runProgram(`${import.meta.dirname}/heroku-login.cjs`);
