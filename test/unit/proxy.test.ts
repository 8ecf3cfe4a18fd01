// Which proxy counts, and what is told of one that cannot be used or of a network that fails.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isLasting, isUntrusted, networkError } from '../../src/heroku/network-error.ts';
import { proxyFor } from '../../src/heroku/proxy.ts';
import { direct, proxyCases } from '../support/proxy-cases.ts';

const base = new URL('https://api.heroku.com');
const server = { base, host: base.host };
const failure = (code: string, more = {}) => Object.assign(new Error(), { code, ...more });

describe('the proxy', () => {
  for (const [name, env, first] of proxyCases) {
    test(name, () => {
      const found = proxyFor('api.heroku.com', env);
      assert.equal(found === undefined ? direct : 'host' in found && found.host, first);
    });
  }

  test('has user and password as curl takes them', () => {
    for (const [written, login] of [
      ['me:s3cret', 'me:s3cret'],
      ['d%40me:s3cret%23%2F', 'd%40me:s3cret%23%2F'],
      ['d@me:s3cret#/%', 'd%40me:s3cret%23%2F%25'],
    ] as const) {
      const found = proxyFor('api.heroku.com', { https_proxy: `http://${written}@proxy:1` });
      const address = `http://${login}@proxy:1`;
      assert.deepEqual(found, { variable: 'https_proxy', host: 'proxy:1', address });
    }
  });

  for (const [value, problem] of [
    ['socks5h://127.0.0.1:1080', 'names a socks5h proxy, which heroku-login cannot use'],
    ['http://me:s3cret@', 'is not the address of a proxy'],
    ['http://two words:80', 'is not the address of a proxy'],
    ['http://127.0.0.1:99999', 'is not the address of a proxy'],
    ['http://me:%ff@127.0.0.1:1', 'is not the address of a proxy'],
  ] as const) {
    test(`is none that Node can use: ${value}`, () => {
      const found = proxyFor('api.heroku.com', { https_proxy: value });
      assert.deepEqual(found, { variable: 'https_proxy', problem });
    });
  }
});

describe('a failure of the network', () => {
  /** What is told without a proxy, and with one; whether it lasts. */
  const table: [error: Error | undefined, direct: RegExp, proxied: RegExp, lasts: boolean][] = [
    [undefined, /^H did not answer in time$/, /^H did not answer in time through P$/, false],
    [failure('ENOTFOUND'), /^could not resolve H /, /^P could not be resolved/, false],
    [failure('EAI_AGAIN'), /^could not resolve H /, /^P could not be resolved/, false],
    [failure('ECONNREFUSED'), /^H refused the connection/, /^P refused the connection/, false],
    [failure('ECONNRESET'), /^the connection to H was cut/, /^the .*H through P was cut/, false],
    [failure('ENETUNREACH'), /^H is unreachable/, /^P is unreachable/, false],
    [failure('EHOSTUNREACH'), /^H is unreachable/, /^P is unreachable/, false],
    [failure('EPROTO'), /^something other than Heroku ans.* H/, /^some.* as H through P/, false],
    [failure('ERR_SSL_X'), /^something other than Heroku ans.* H/, /^some.* as H through P/, false],
    [failure('EPIPE'), /^the connection to H failed \(EPIPE\)/, /H through P failed \(EPI/, false],
    [new Error(), /^the connection to H failed \(no reason/, /H through P failed \(no r/, false],
    [failure('CERT_HAS_EXPIRED'), /of H is not valid today/, /of H through P is not valid/, true],
    [failure('SELF_SIGNED_CERT_IN_CHAIN'), /of H is not trusted/, /^the cert.* P sent for H/, true],
  ];
  const proxy = { variable: 'https_proxy', host: 'proxy:1', address: 'http://x:s3cret@proxy:1' };
  const short = (clause: string) =>
    clause.replaceAll('api.heroku.com', 'H').replaceAll('the proxy proxy:1', 'P');
  for (const [error, alone, proxied, lasts] of table) {
    test(`${error && 'code' in error ? error.code : (error?.message ?? 'silence')}`, () => {
      assert.match(short(networkError(server, error)), alone);
      assert.match(
        short(networkError({ ...server, proxy }, error, { canProxy: () => true })),
        proxied,
      );
      if (error) assert.equal(isLasting(error), lasts);
    });
  }

  test('a proxy that refuses: its status decides what is told and whether it lasts', () => {
    for (const [statusCode, told, lasts] of [
      [407, /^P requires a user name and password, or .* in https_proxy \(407\)$/, true],
      [403, /^P does not allow connections to H \(403; /, true],
      [499, /^P does not allow connections to H \(499; /, true],
      [500, /^P could not reach H \(500\)$/, false],
      [undefined, /^P would not connect to H \(is it a proxy\?\)$/, false],
    ] as const) {
      const error = failure('ERR_PROXY_TUNNEL', { statusCode });
      assert.match(
        short(networkError({ ...server, proxy }, error, { canProxy: () => true })),
        told,
      );
      assert.equal(isLasting(error), lasts, `${statusCode}`);
    }
  });

  test('another store of certificates helps only if nobody here knows the authority', () => {
    for (const [code, helps] of [
      ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', true],
      ['SELF_SIGNED_CERT_IN_CHAIN', true],
      ['DEPTH_ZERO_SELF_SIGNED_CERT', true],
      ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', true],
      ['ERR_TLS_CERT_ALTNAME_INVALID', false],
      ['CERT_HAS_EXPIRED', false],
      ['ECONNRESET', false],
    ] as const) {
      assert.equal(isUntrusted(failure(code)), helps, code);
    }
  });

  test('a proxy that Node cannot use is named', () => {
    const socks = { variable: 'all_proxy', problem: 'names a socks5 proxy' };
    assert.match(
      networkError({ ...server, proxy: socks }, failure('ENOTFOUND')),
      /^could not resolve api\.heroku\.com .*; all_proxy names a socks5 proxy, so no proxy was used$/,
    );
    const old = networkError({ ...server, proxy }, undefined, { canProxy: () => false });
    assert.match(
      old,
      /^api\.heroku\.com did not answer in time; https_proxy names a proxy, but Node v\d+\S+ of this image cannot use one, .*Node 24\.5 or newer/,
    );
    assert.doesNotMatch(old, /s3cret/);
  });
});
