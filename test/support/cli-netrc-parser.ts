// The Heroku CLI's own reader of ~/.netrc, as a judge.
import { join } from 'node:path';
import { release } from './cli-release.ts';

type Parse = (text: string) => Record<string, { login?: string; password?: string } | undefined>;

/** Returns `parse` of the installed CLI: the text of a file to its entries by host. */
export async function cliNetrcParser(): Promise<Parse> {
  const { tree } = await release();
  const module = '@heroku-cli/command/lib/credential-manager-core/lib/netrc-parser.js';
  return ((await import(join(tree, 'node_modules', module))) as { parse: Parse }).parse;
}
