// Checks responses of the fake Heroku against the schema that Heroku publishes. Its traps:
// docs/facts/heroku.md part 1.7.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { root } from '../support/root.ts';

const SCHEMA_FILE = join(root, 'test/schema/heroku-platform-api.schema.json');

interface Link {
  href: string;
  method: string;
  targetSchema?: object;
}

interface HyperSchema {
  definitions: Record<string, { links?: Link[] }>;
}

/** Finds what an endpoint answers according to the schema; undefined when it is not in there. */
export type Published = (method: string, path: string) => ValidateFunction | undefined;

/** Reads the schema and turns it into ordinary JSON Schema. */
export function publishedSchema(): Published {
  const { definitions } = JSON.parse(readFileSync(SCHEMA_FILE, 'utf8'), strictly) as HyperSchema;
  // Not strict: the document has keywords of its own (links, stability, strictProperties).
  const ajv = new Ajv({ strict: false, allErrors: true, formats: FORMATS });
  ajv.addSchema({ definitions }, 'heroku');
  const links = Object.values(definitions).flatMap((definition) => definition.links ?? []);
  return (method, path) => {
    const link = links.find((one) => one.method === method && pattern(one.href).test(path));
    if (link?.targetSchema === undefined) return undefined;
    return ajv.compile(absolute(link.targetSchema));
  };
}

/** As JSON.parse() takes it. `strictProperties` means: every property is required, and there are no others. */
function strictly(_key: string, value: unknown): unknown {
  const { strictProperties, properties } = Object(value);
  const isStrict = strictProperties === true && typeof properties === 'object';
  if (!isStrict) return value;
  return { ...Object(value), required: Object.keys(properties), additionalProperties: false };
}

/** References in a link count from the document's root, which `heroku` names. */
function absolute(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/definitions/', '"heroku#/definitions/'));
}

/** Addresses hold encoded references, such as `{(%23%2Fdefinitions%2Fapp%2Fdefinitions%2Fidentity)}`. */
function pattern(href: string): RegExp {
  return new RegExp(`^${href.replaceAll(/\{\([^)]*\)\}/g, '[^/]+')}$`);
}

const FORMATS = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  email: /^[^\s@]+@[^\s@]+$/,
  uri: /^[a-z][a-z0-9+.-]*:\S+$/i,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
};
