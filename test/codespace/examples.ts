// The examples and the template, made fit for this machine.

import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyEdits, modify, type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { parse as parseYaml, stringify } from 'yaml';
import { feature } from '../../scripts/repository.ts';

/** What the examples, the template and README.md write under `features`. */
export const FEATURE = `${feature}:1`;

/** Another public Feature that an example uses, and the folder with the one that stands for it here. */
export const POSTGRES = 'ghcr.io/rails/devcontainer/features/postgres-client:1';
const POSTGRES_HERE = 'postgres-client';

/** The public images that they start from. */
const IMAGE = /\bmcr\.microsoft\.com\/devcontainers\/[\w./-]+:[\w.-]+/g;

/** What stands for the public world here. */
export interface Local {
  /** Instead of every public image. */
  readonly image: string;
  /** Instead of {@link FEATURE}. */
  readonly feature: string;
  /** `--add-host=NAME:ADDRESS`, under which Heroku's names lead to the fake one. */
  readonly addHosts: readonly string[];
}

/** The members of a devcontainer.json that the simulator and the tests look at. */
export interface Configuration {
  readonly runArgs?: readonly string[];
  readonly features?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly dockerComposeFile?: string;
  readonly service?: string;
  readonly secrets?: Readonly<Record<string, { readonly description?: string }>>;
  readonly customizations?: { readonly vscode?: VsCode };
}

interface VsCode {
  readonly extensions?: readonly string[];
  readonly mcp?: { readonly servers: Readonly<Record<string, McpServer>> };
}

/** How VS Code starts an MCP server. */
export interface McpServer {
  readonly type: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Reads JSON with comments, which is what a devcontainer.json is. Throws if it is not even that. */
export function parseConfiguration(text: string): Configuration {
  const errors: ParseError[] = [];
  const configuration = parse(text, errors, { allowTrailingComma: false }) as Configuration;
  const [first] = errors;
  if (first) throw new Error(`${printParseErrorCode(first.error)} at character ${first.offset}`);
  return configuration;
}

/**
 * Copies an example and replaces, in the copy, only what cannot exist here: the public images, the places of
 * published Features, and what the container knows of Heroku's addresses.
 *
 * @throws if the example does not name the Feature or an image as users will copy it.
 */
export async function localize(example: string, copy: string, local: Local): Promise<void> {
  await cp(example, copy, { recursive: true });
  const found = new Set<string>();
  for (const entry of await readdir(copy, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const text = await readFile(file, 'utf8');
    if (text.includes(FEATURE)) found.add('the Feature');
    if (text.search(IMAGE) !== -1) found.add('an image');
    const ours = text.replaceAll(FEATURE, local.feature).replaceAll(IMAGE, local.image);
    await writeFile(file, ours.replaceAll(POSTGRES, `./${POSTGRES_HERE}`));
    if (ours.includes(POSTGRES)) {
      const from = join(import.meta.dirname, POSTGRES_HERE);
      await cp(from, join(copy, '.devcontainer', POSTGRES_HERE), { recursive: true });
    }
  }
  if (found.size < 2) throw new Error(`${example} names only ${[...found].join()}`);
  await addHosts(join(copy, '.devcontainer'), local.addHosts);
}

/** Lets the container know Heroku's addresses, and reach them. */
async function addHosts(folder: string, hosts: readonly string[]): Promise<void> {
  const file = join(folder, 'devcontainer.json');
  const text = await readFile(file, 'utf8');
  const { dockerComposeFile, service } = parseConfiguration(text);
  if (dockerComposeFile === undefined || service === undefined) {
    // Not parsed and written anew: the CLI gets every comment to read.
    await writeFile(file, applyEdits(text, modify(text, ['runArgs'], hosts, {})));
    return;
  }
  const composeFile = join(folder, dockerComposeFile);
  const compose = parseYaml(await readFile(composeFile, 'utf8')) as {
    services: Record<string, object>;
  };
  compose.services[service] = {
    ...compose.services[service],
    extra_hosts: hosts.map((option) => option.replace('--add-host=', '')),
    // Where the fake Heroku is: Docker keeps other networks apart from it.
    network_mode: 'bridge',
  };
  await writeFile(composeFile, stringify(compose));
}
