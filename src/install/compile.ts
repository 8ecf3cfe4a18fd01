// Makes the compiled form of heroku-login, while an image is built. Started by install.sh on the Node that will run
// it, in an empty folder, which is also the home: compile.cjs PROGRAM
//
// V8 compiles a function when it is first called. So that it compiles what a login calls, the program logs in once, in
// this process, to a Heroku that accepts everything.

import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compiledFile, runProgram } from '../compiled.ts';

const [, , program = ''] = process.argv;
const heroku = createServer((_request, response) => response.end('{"email":"build@localhost"}'));
heroku.listen(0, '127.0.0.1', () => {
  const { port } = heroku.address() as AddressInfo;
  // Of the environment of the build, it gets nothing but the PATH: above all no token.
  process.env = {
    HOME: process.cwd(),
    PATH: process.env['PATH'],
    HEROKU_HOST: `http://127.0.0.1:${port}`,
    HEROKU_API_KEY: `HRKU-AA${'oneOfNobody'.repeat(5)}`,
  };
  process.argv = [process.execPath, program, '--hook'];
  const script = runProgram(program);
  process.on('exit', () => writeFileSync(compiledFile(program), script.createCachedData()));
});
