// What people set for curl, and where a request to api.heroku.com goes first: judged by curl itself in
// test/cli/proxy.test.ts.

/** Where curl turns if nothing is a proxy, with `--resolve`. */
export const direct = '127.0.0.9:443';

export const proxyCases: [name: string, env: Record<string, string>, first: string][] = [
  ['none', {}, direct],
  ['https_proxy', { https_proxy: 'http://127.0.0.1:3128' }, '127.0.0.1:3128'],
  ['HTTPS_PROXY', { HTTPS_PROXY: 'http://127.0.0.1:3128' }, '127.0.0.1:3128'],
  [
    'the small letters first',
    { https_proxy: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:2' },
    '127.0.0.1:1',
  ],
  [
    'an empty one does not count',
    { https_proxy: '', HTTPS_PROXY: '', ALL_PROXY: 'http://127.0.0.1:2' },
    '127.0.0.1:2',
  ],
  ['all_proxy', { all_proxy: 'http://127.0.0.1:3128' }, '127.0.0.1:3128'],
  ['http_proxy is for http', { http_proxy: 'http://127.0.0.1:3128' }, direct],
  ['no scheme', { https_proxy: '127.0.0.1:3128' }, '127.0.0.1:3128'],
  ['no port', { https_proxy: 'http://127.0.0.1' }, '127.0.0.1:1080'],
  ['the usual port, written', { https_proxy: 'http://127.0.0.1:80/' }, '127.0.0.1:80'],
  ['an encrypted proxy', { https_proxy: 'https://127.0.0.1' }, '127.0.0.1:443'],
  ['capitals', { https_proxy: 'HTTP://127.0.0.1:3128' }, '127.0.0.1:3128'],
  ['a login', { https_proxy: 'http://me:s3cret@127.0.0.1:3128' }, '127.0.0.1:3128'],
  ['a login without a scheme', { https_proxy: 'me:s3cret@127.0.0.1:3128' }, '127.0.0.1:3128'],
  ...(
    [
      ['api.heroku.com', direct],
      ['heroku.com', direct],
      ['.heroku.com', direct],
      ['HEROKU.com.', direct],
      ['localhost, heroku.com', direct],
      ['localhost heroku.com', direct],
      ['*', direct],
      ['other.example,*', '127.0.0.1:3128'],
      ['*.heroku.com', '127.0.0.1:3128'],
      ['i.heroku.com', '127.0.0.1:3128'],
      ['oku.com', '127.0.0.1:3128'],
      ['git.heroku.com', '127.0.0.1:3128'],
      ['', '127.0.0.1:3128'],
    ] as const
  ).map(([no_proxy, first]): [string, Record<string, string>, string] => [
    `no_proxy ${no_proxy}`,
    { https_proxy: 'http://127.0.0.1:3128', no_proxy },
    first,
  ]),
  ['NO_PROXY', { https_proxy: 'http://127.0.0.1:3128', NO_PROXY: 'heroku.com' }, direct],
];
