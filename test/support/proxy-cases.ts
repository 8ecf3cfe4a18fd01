// What people set for curl, and where a request to api.heroku.com goes first: judged by curl itself in
// test/cli/proxy.test.ts.

/** Where curl turns if nothing is a proxy, with `--resolve`. */
export const direct = '127.0.0.9:443';

const proxy = '127.0.0.1:3128';
const https_proxy = `http://${proxy}`;
type Case = [name: string, env: Record<string, string>, first: string];

/** Values of https_proxy, and of no_proxy beside it. */
const written = [
  ['no scheme', proxy, proxy],
  ['no port', 'http://127.0.0.1', '127.0.0.1:1080'],
  ['the usual port, written', 'http://127.0.0.1:80/', '127.0.0.1:80'],
  ['an encrypted proxy', 'https://127.0.0.1', '127.0.0.1:443'],
  ['capitals', `HTTP://${proxy}`, proxy],
  ['a login', `http://me:s3cret@${proxy}`, proxy],
  ['a login without a scheme', `me:s3cret@${proxy}`, proxy],
] as const;
const isDirect = [
  ...['api.heroku.com', 'heroku.com', '.heroku.com', 'HEROKU.com.', '*'],
  ...['localhost, heroku.com', 'localhost heroku.com'],
];
const isNot = ['other.example,*', '*.heroku.com', 'i.heroku.com', 'oku.com', 'git.heroku.com', ''];

export const proxyCases: Case[] = [
  ['none', {}, direct],
  ['https_proxy', { https_proxy }, proxy],
  ['HTTPS_PROXY', { HTTPS_PROXY: https_proxy }, proxy],
  ['the small letters first', { https_proxy, HTTPS_PROXY: 'http://127.0.0.1:2' }, proxy],
  [
    'an empty one does not count',
    { https_proxy: '', HTTPS_PROXY: '', ALL_PROXY: https_proxy },
    proxy,
  ],
  ['all_proxy', { all_proxy: https_proxy }, proxy],
  ['http_proxy is for http', { http_proxy: https_proxy }, direct],
  ...written.map(([name, https_proxy, first]): Case => [name, { https_proxy }, first]),
  ...[...isDirect, ...isNot].map(
    (no_proxy): Case => [
      `no_proxy ${no_proxy}`,
      { https_proxy, no_proxy },
      isDirect.includes(no_proxy) ? direct : proxy,
    ],
  ),
  ['NO_PROXY', { https_proxy, NO_PROXY: 'heroku.com' }, direct],
];
