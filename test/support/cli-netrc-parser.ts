// The Heroku CLI's own reader of ~/.netrc, as a judge.
import { join } from 'node:path';
import { release } from './cli-release.ts';

type Entry = { login?: string; password?: string };

/** Returns `parse` of the installed CLI: the text of a file to its entries by host. */
export async function cliNetrcParser(): Promise<
  (text: string) => Record<string, Entry | undefined>
> {
  const { tree } = await release();
  const module = '@heroku-cli/command/lib/credential-manager-core/lib/netrc-parser.js';
  const { parse } = (await import(join(tree, 'node_modules', module))) as {
    parse: (text: string) => Record<string, Entry | undefined>;
  };
  return parse;
}
