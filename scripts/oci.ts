// What is in an OCI registry (OCI distribution specification 1.1): read only, publishing is the dev
// container CLI's.
import { createHash } from 'node:crypto';

/** A repository in a registry, such as `ghcr.io` and `owner/repo/heroku-cli`. */
export interface Repository {
  /** With a port where it has one; `localhost` is spoken to without TLS, as the CLI does. */
  readonly registry: string;
  readonly name: string;
  /** GitHub's token; without one only what is public can be read. */
  readonly token?: string | undefined;
}

export interface Manifest {
  /** `sha256:...` */
  readonly digest: string;
  readonly layers: readonly { readonly digest: string }[];
}

/** All tags; none where there is no such repository yet. Throws what the registry said otherwise. */
export async function listTags(repository: Repository): Promise<string[]> {
  const all: string[] = [];
  for (let page: string | undefined = 'tags/list?n=1000'; page !== undefined; ) {
    const response: Response = await get(repository, page);
    if (response.status === 404) return [];
    const { tags } = (await orThrow(response).json()) as { tags: string[] | null };
    all.push(...(tags ?? []));
    page = /<[^>]*\/(tags\/list\?[^>]*)>/.exec(response.headers.get('link') ?? '')?.[1];
  }
  return all;
}

/** What a tag leads to. */
export async function readManifest(repository: Repository, tag: string): Promise<Manifest> {
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  const response = orThrow(await get(repository, `manifests/${tag}`, { accept }));
  const text = await response.text();
  const { layers } = JSON.parse(text) as Pick<Manifest, 'layers'>;
  return { digest: digestOf(Buffer.from(text)), layers };
}

/** A layer's bytes. Throws where they are not those that its digest promises. */
export async function readBlob(repository: Repository, digest: string): Promise<Buffer> {
  const response = orThrow(await get(repository, `blobs/${digest}`));
  const bytes = Buffer.from(await response.arrayBuffer());
  if (digestOf(bytes) !== digest) throw new Error(`${response.url} is not what ${digest} promises`);
  return bytes;
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** One request; where the registry asks for a token of its own, it is fetched first. */
async function get(
  repository: Repository,
  path: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const scheme = /^localhost(:|$)/.test(repository.registry) ? 'http' : 'https';
  const url = `${scheme}://${repository.registry}/v2/${repository.name}/${path}`;
  const response = await fetch(url, { headers });
  if (response.status !== 401) return response;
  const authorization = await bearer(repository, response.headers.get('www-authenticate') ?? '');
  return fetch(url, { headers: { ...headers, authorization } });
}

async function bearer({ registry, token }: Repository, challenge: string): Promise<string> {
  const asked = new Map(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
  );
  const realm = new URL(asked.get('realm') ?? '', `https://${registry}`);
  // The registry decides where the token goes: to itself and to nobody else.
  if (realm.host !== registry) throw new Error(`${registry} sends its readers to ${realm.host}`);
  for (const key of ['service', 'scope']) {
    const value = asked.get(key);
    if (value !== undefined) realm.searchParams.set(key, value);
  }
  // GitHub looks at the token alone; the name is free.
  const basic = token && `Basic ${Buffer.from(`github:${token}`).toString('base64')}`;
  const response = orThrow(await fetch(realm, basic ? { headers: { authorization: basic } } : {}));
  return `Bearer ${((await response.json()) as { token: string }).token}`;
}

function orThrow(response: Response): Response {
  if (response.ok) return response;
  throw new Error(`${response.url} answers ${response.status} ${response.statusText}`);
}
