// What the launcher `heroku-login` runs: the program beside this file, already compiled.

import { loadProgram } from '../compiled.ts';

const folder = import.meta.dirname;
loadProgram(`${folder}/heroku-login.cjs`).runInThisContext()(require, folder);
