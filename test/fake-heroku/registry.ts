// registry.heroku.com: Basic authentication in front of an OCI registry (distribution specification 1.1)
// that keeps images in memory. That Heroku's asks for Basic is inferred: scripts read its manifests with
// `curl https://_:TOKEN@registry.heroku.com/v2/...`, and docker's words for a refusal there are those it
// has for Basic.
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { json, raw } from './answers.ts';
import { callerByPassword } from './git.ts';
import type { Answer } from './model.ts';
import type { State } from './state.ts';

export const REGISTRY_PATH = /^\/v2(\/|$)/;

/** `<app>/<process type>` and what is asked of it. */
const IMAGE_PATH =
  /^\/v2\/([a-z][a-z0-9-]{1,28}[a-z0-9])\/([a-z0-9_-]+)\/(blobs|manifests)\/([^?]+)/;

interface Manifest {
  readonly type: string;
  readonly body: Buffer;
}

/** The images of all apps. */
export class Registry {
  readonly #blobs = new Map<string, Buffer>();
  readonly #uploads = new Map<string, Buffer[]>();
  /** By `<app>/<process type>:<tag or digest>`. */
  readonly #manifests = new Map<string, Manifest>();

  async answer(request: IncomingMessage, state: State): Promise<Answer> {
    const caller = callerByPassword(request, state);
    if (caller?.state !== 'active') return unauthorized();
    const url = new URL(request.url ?? '/', 'https://registry');
    if (url.pathname === '/v2/' && request.method === 'GET') return found(json(200, {}));
    const [, app = '', type = '', kind, rest = ''] = IMAGE_PATH.exec(url.pathname) ?? [];
    if (!caller.apps.includes(app)) return unauthorized();
    const image = `${app}/${type}`;
    if (kind === 'manifests') return this.#manifest(request, `${image}:${rest}`, image);
    return rest.startsWith('uploads/')
      ? this.#upload(request, `/v2/${image}/blobs/`, rest.slice(8), url.searchParams.get('digest'))
      : this.#blob(rest);
  }

  async #manifest(request: IncomingMessage, key: string, image: string): Promise<Answer> {
    if (request.method === 'PUT') {
      const body = await buffer(request);
      const manifest = { type: request.headers['content-type'] ?? '', body };
      this.#manifests.set(key, manifest);
      this.#manifests.set(`${image}:${digestOf(body)}`, manifest);
      return created('', digestOf(body));
    }
    const manifest = this.#manifests.get(key);
    if (!manifest) return problem(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    const headers = {
      'Content-Type': manifest.type,
      'Docker-Content-Digest': digestOf(manifest.body),
    };
    return found(raw(200, manifest.body, headers));
  }

  #blob(digest: string): Answer {
    const blob = this.#blobs.get(digest);
    if (!blob) return problem(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    const headers = {
      'Content-Type': 'application/octet-stream',
      'Docker-Content-Digest': digest,
    };
    return found(raw(200, blob, headers));
  }

  /** POST begins an upload, PATCH adds to it, PUT ends it. */
  async #upload(
    request: IncomingMessage,
    base: string,
    asked: string,
    digest: string | null,
  ): Promise<Answer> {
    const id = request.method === 'POST' ? randomUUID() : asked;
    const chunks = this.#uploads.get(id) ?? [];
    chunks.push(await buffer(request));
    this.#uploads.set(id, chunks);
    const all = Buffer.concat(chunks);
    if (request.method !== 'PUT') {
      const headers = {
        Location: `${base}uploads/${id}`,
        Range: `0-${Math.max(all.length - 1, 0)}`,
        'Docker-Upload-UUID': id,
      };
      return found(raw(202, Buffer.alloc(0), headers));
    }
    this.#uploads.delete(id);
    if (digest !== digestOf(all)) {
      return problem(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    }
    this.#blobs.set(digest, all);
    return created(`${base}${digest}`, digest);
  }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function found(answer: Answer): Answer {
  const headers = { ...answer.headers, 'Docker-Distribution-Api-Version': 'registry/2.0' };
  return { ...answer, headers };
}

function created(location: string, digest: string): Answer {
  const headers = { Location: location, 'Docker-Content-Digest': digest };
  return found(raw(201, Buffer.alloc(0), headers));
}

function problem(status: number, code: string, message: string): Answer {
  return found(json(status, { errors: [{ code, message, detail: null }] }));
}

function unauthorized(): Answer {
  const answer = problem(401, 'UNAUTHORIZED', 'authentication required');
  const headers = { ...answer.headers, 'WWW-Authenticate': 'Basic realm="Heroku Registry"' };
  return { ...answer, headers };
}
