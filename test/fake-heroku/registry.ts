// registry.heroku.com: Basic authentication in front of an OCI registry (distribution specification 1.1)
// that keeps images in memory. That Heroku's asks for Basic is inferred: scripts read its manifests with
// `curl https://_:TOKEN@registry.heroku.com/v2/...`, and docker's words for a refusal there are those it
// has for Basic.
import { hash, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { json, raw, withHeaders } from './answers.ts';
import { callerByPassword } from './git.ts';
import type { Answer } from './model.ts';
import type { State } from './state.ts';

export const REGISTRY_PATH = /^\/v2(\/|$)/;

/** `<app>/<process type>` and what is asked of it. */
const IMAGE_PATH =
  /^\/v2\/([a-z][a-z0-9-]{1,28}[a-z0-9])\/([a-z0-9_-]+)\/(blobs|manifests)\/([^?]+)/;

/** A blob or a manifest. */
interface Content {
  readonly type: string;
  readonly body: Buffer;
}

/** The images of all apps. */
export class Registry {
  /** Blobs by digest; manifests by `<app>/<process type>:<tag or digest>`. */
  readonly #contents = new Map<string, Content>();
  /** What has come of a blob so far. */
  readonly #uploads = new Map<string, Buffer>();

  async answer(request: IncomingMessage, state: State): Promise<Answer> {
    const answer = await this.#route(request, state);
    return withHeaders(answer, { 'Docker-Distribution-Api-Version': 'registry/2.0' });
  }

  async #route(request: IncomingMessage, state: State): Promise<Answer> {
    const caller = callerByPassword(request, state);
    if (caller?.state !== 'active') return unauthorized();
    const url = new URL(request.url ?? '/', 'https://registry');
    if (url.pathname === '/v2/' && request.method === 'GET') return json(200, {});
    const [, app = '', type = '', kind, rest = ''] = IMAGE_PATH.exec(url.pathname) ?? [];
    if (!caller.apps.includes(app)) return unauthorized();
    const image = `${app}/${type}`;
    if (kind === 'manifests') {
      return request.method === 'PUT'
        ? this.#putManifest(request, image, rest)
        : this.#get(`${image}:${rest}`, 'manifest');
    }
    return rest.startsWith('uploads/') ? this.#upload(request, url) : this.#get(rest, 'blob');
  }

  #get(key: string, kind: string): Answer {
    const content = this.#contents.get(key);
    if (!content) return problem(404, `${kind.toUpperCase()}_UNKNOWN`, `${kind} unknown`);
    const { type, body } = content;
    const headers = { 'Content-Type': type, 'Docker-Content-Digest': digestOf(body) };
    return raw(200, headers, body);
  }

  async #putManifest(request: IncomingMessage, image: string, tag: string): Promise<Answer> {
    const body = await buffer(request);
    const digest = digestOf(body);
    const manifest = { type: request.headers['content-type'] ?? '', body };
    for (const name of [tag, digest]) this.#contents.set(`${image}:${name}`, manifest);
    return created('', digest);
  }

  /** POST begins an upload, PATCH adds to it, PUT ends it. */
  async #upload(request: IncomingMessage, url: URL): Promise<Answer> {
    const [blobs, asked = ''] = url.pathname.split('uploads/');
    const id = request.method === 'POST' ? randomUUID() : asked;
    const before = this.#uploads.get(id) ?? Buffer.alloc(0);
    const body = Buffer.concat([before, await buffer(request)]);
    if (request.method !== 'PUT') {
      this.#uploads.set(id, body);
      return raw(202, {
        Location: `${blobs}uploads/${id}`,
        Range: `0-${Math.max(body.length - 1, 0)}`,
        'Docker-Upload-UUID': id,
      });
    }
    this.#uploads.delete(id);
    const digest = url.searchParams.get('digest');
    if (digest !== digestOf(body)) {
      return problem(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    }
    this.#contents.set(digest, { type: 'application/octet-stream', body });
    return created(`${blobs}${digest}`, digest);
  }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${hash('sha256', bytes)}`;
}

function created(location: string, digest: string): Answer {
  return raw(201, { Location: location, 'Docker-Content-Digest': digest });
}

function problem(status: number, code: string, message: string): Answer {
  return json(status, { errors: [{ code, message, detail: null }] });
}

function unauthorized(): Answer {
  const headers = { 'WWW-Authenticate': 'Basic realm="Heroku Registry"' };
  return withHeaders(problem(401, 'UNAUTHORIZED', 'authentication required'), headers);
}
