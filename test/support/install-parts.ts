// The functions of install.sh and its parts, called one by one on this machine, in the two strictest shells
// that run them.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, type Result } from './command.ts';
import { temporaryFolder } from './program.ts';
import { root } from './root.ts';

/** How each shell is called with a script as its next argument. */
export const shells: ReadonlyMap<string, readonly string[]> = new Map([
  ['dash', ['dash', '-c']],
  ['busybox', ['busybox', 'ash', '-c']],
]);

/** The Feature's folder, whose `library.sh` is install.sh without the last line, which starts it. */
function installLibrary(): string {
  const folder = join(temporaryFolder(), 'feature');
  mkdirSync(folder);
  for (const name of ['install', 'image']) symlinkSync(join(root, 'src', name), join(folder, name));
  writeFileSync(join(folder, 'heroku-login.cjs'), '');
  const lines = readFileSync(join(root, 'install.sh'), 'utf8').trimEnd().split('\n');
  if (lines.pop() !== 'main "$@"') throw new Error('install.sh does not end with its start');
  writeFileSync(join(folder, 'library.sh'), `${lines.join('\n')}\n`);
  return folder;
}

let folder: string | undefined;

/**
 * Runs a script that can call every function of install.sh.
 *
 * @param shell a key of {@link shells}.
 * @param env variables beside `PATH`.
 */
export function runParts(
  shell: string,
  script: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  folder ??= installLibrary();
  const [program = '', ...args] = shells.get(shell) ?? [];
  // The name of the script decides where install.sh looks for its parts.
  const call = [...args, `. "${folder}/library.sh"\n${script}`, `${folder}/install.sh`];
  return attempt(program, call, { env: { PATH: process.env['PATH'] ?? '', ...env } });
}

/** What install.sh prints when it stops, from the problem on, or the output of a script that succeeded. */
export async function outcome(...call: Parameters<typeof runParts>): Promise<string> {
  const { code, stdout, stderr } = await runParts(...call);
  if (code === 0 && stderr === '') return stdout;
  const [, problem, hint] =
    /^heroku-cli: ERROR: (.+)\. Nothing was installed\.\nheroku-cli: (.+)\n$/.exec(stderr) ?? [];
  if (code !== 1 || problem === undefined) throw new Error(`code ${code}: ${stdout}${stderr}`);
  return `${problem}\n${hint}`;
}
