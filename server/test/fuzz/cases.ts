import fc, { type Arbitrary } from 'fast-check';
import { people, type Person } from './cast';
import type { Route } from './document';
import { fitting, junkJson, junkText, nasties, spoilt, withDepth } from './values';

/** One request, as it will be sent once its `{{words}}` are filled in. */
export type Case = {
  who: Person;
  method: string;
  /** Raw, as it stands on the request's first line. */
  path: string;
  query: string;
  headers: Record<string, string>;
  body: string | null;
  /** The path may lead to another route than the one that is being tried. */
  isElsewhere: boolean;
};

/** Requests to one route: such as it asks for, and such with one or two things wrong. */
export function casesOf(route: Route): Arbitrary<Case> {
  const twisted = (from: Arbitrary<Case>): Arbitrary<Case> => from.chain((base) => twist(route, base));
  const good = fittingCase(route);
  return fc.oneof(
    { weight: 4, arbitrary: good },
    { weight: 8, arbitrary: twisted(good) },
    { weight: 3, arbitrary: twisted(twisted(good)) },
  );
}

/** Requests that a vendor would have to be asked for, and nothing wrong with them. */
export const fittingCasesOf = (route: Route): Arbitrary<Case> => fittingCase(route);

function fittingCase(route: Route): Arbitrary<Case> {
  const values = route.pathNames.map((name) => fc.constantFrom(...pathWords(route, name)));
  const path = fc
    .tuple(...values)
    .map((words) => route.pathNames.reduce((made, name, n) => made.replace(`{${name}}`, words[n] ?? ''), route.path));
  const address = fc.nat(65_535).map((n) => `10.9.${n >> 8}.${n & 255}`);
  const key = route.takesKey ? fc.constantFrom('fuzz-key-{{fresh}}', 'fuzz-key-0001', null) : fc.constant(null);
  const isAdmins = /^\/(api\/)?admin\b/.test(route.path);
  return fc
    .record({ path, query: fittingQuery(route), body: fittingBody(route), address, key })
    .map(({ path: raw, query, body, address: ip, key: wish }) => ({
      who: route.isPublic ? 'nobody' : isAdmins ? 'owner' : 'seller',
      method: route.method,
      path: raw,
      query,
      headers: {
        accept: 'application/json',
        'x-forwarded-for': ip,
        ...(wish !== null && { 'idempotency-key': wish }),
        ...(body !== null && { 'content-type': typeOf(route) }),
      },
      body,
      isElsewhere: false,
    }));
}

/** Which of the cast's words lead somewhere on this route. */
function pathWords(route: Route, name: string): [string, ...string[]] {
  const { path } = route;
  if (name === 'token') return ['{{webhook}}'];
  if (name === 'key') return ['{{linkKey}}'];
  if (/(enable|unlock|remove-totp)$/.test(path)) return ['{{lapsedName}}'];
  if (name === 'username') return ['{{username}}', '{{lapsedName}}', '{{ownName}}'];
  if (name === 'mediaId') return ['{{sentMedia}}', '{{waitingMedia}}', '{{media}}'];
  if (/-type\//.test(path)) return ['basic_clean', 'model_pose12'];
  if (/task/.test(path)) return ['{{task}}', '{{waitingTask}}', '{{cancelledTask}}'];
  if (/order/.test(path)) return ['{{order}}', '{{openOrder}}'];
  if (/user/.test(path)) return ['{{user}}', '{{otherUser}}'];
  if (/audit/.test(path)) return ['{{audit}}'];
  return ['{{media}}', '{{task}}', '{{order}}'];
}

function fittingQuery(route: Route): Arbitrary<string> {
  if (/\/files\/\{/.test(route.path)) return fc.constant('e={{link-e}}&s={{link-s}}');
  if (route.path === '/api/media/files') return fc.constant(ticketNames.map((n) => `${n}={{ticket-${n}}}`).join('&'));
  const parts = route.query.map(({ name, isRequired, schema }) => {
    const value = fitting(schema, () => null).map((each) => `${name}=${encoded(String(each))}`);
    return isRequired ? value : fc.option(value, { freq: 2, nil: '' });
  });
  return fc.tuple(...parts).map((pairs) => pairs.filter(Boolean).join('&'));
}

const ticketNames = ['key', 'policy', 'signature'];

const boundary = 'fuzzboundary';
const typeOf = (route: Route): string =>
  route.path === '/api/media/files'
    ? `multipart/form-data; boundary=${boundary}`
    : (route.body?.type ?? 'application/octet-stream');

function fittingBody(route: Route): Arbitrary<string | null> {
  if (route.path === '/api/media/files') return fc.constant(ticketForm());
  if (route.path.startsWith('/api/webhooks')) return fc.constant('{"taskId":"1904154698688000000"}');
  if (/notify$|push$/.test(route.path) && route.method === 'POST') {
    return fc.oneof(
      fc.constant('<xml><Encrypt>AAAA</Encrypt></xml>'),
      fc.constant('{"id":"1","resource":{"ciphertext":"AAAA"}}'),
      junkText,
    );
  }
  if (!route.body) return fc.constant(null);
  return fitting(route.body.schema, fieldsOf(route)).map((value) => written(value, route.body?.type ?? ''));
}

/** What only the product knows, by the field's name. */
function fieldsOf(route: Route): (name: string) => Arbitrary<unknown> | null {
  const words: Record<string, readonly unknown[]> = {
    mediaId: ['{{media}}', '{{media}}', '{{sentMedia}}'],
    planId: ['monthly', 'monthly', 'yearly'],
    type: ['basic_clean', 'model_pose12'],
    params: [{}, { preset: 'taobao_white' }, { scene: 'cafe', shouldNotify: true }],
    wxCode: ['fuzz1.{{fresh}}', 'seller{{fresh}}.1'],
    contentType: ['image/jpeg', 'image/png', 'image/heic'],
    key: ['fuzz-key-{{fresh}}', 'fuzz-key-0001'],
    reason: ['因为要试一试', 'for the fuzzer'],
    q: ['{{order}}', '{{task}}', '{{user}}', '{{phone}}'],
    current: ['{{password}}', '{{password}}', 'wrong-password'],
    yuan: ['', '1', '99.00'],
    banner: ['今天暂停，明天再来。'],
    ...(route.path === '/api/auth/login' && { phone: ['{{phone}}'], code: ['{{code}}', '{{code}}', '000000'] }),
    ...(/admin\/login$/.test(route.path) && {
      next: ['/admin', '/admin/users?status=active'],
      username: ['{{ownName}}'],
      password: ['{{password}}', '{{password}}', '{{password}}', 'wrong'],
    }),
    ...(route.path === '/admin/admins' && { username: ['new-{{fresh}}'] }),
  };
  return (name) => {
    const choices = words[name];
    if (name === 'csrf') return fc.constant('');
    return choices ? fc.constantFrom(...choices) : null;
  };
}

/** This value in the words of this content type. */
function written(value: unknown, type: string): string {
  if (type !== 'application/x-www-form-urlencoded') return withDepth(JSON.stringify(value) ?? '');
  if (typeof value !== 'object' || value === null) return encoded(String(value));
  const textOf = (part: unknown): string => (typeof part === 'string' ? part : (JSON.stringify(part) ?? ''));
  return Object.entries(value)
    .map(([name, part]) => `${encoded(name)}=${encoded(textOf(part))}`)
    .join('&');
}

function ticketForm(): string {
  const field = (name: string, value: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const file = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n\u0001\u0002\r\n`;
  return `${ticketNames.map((name) => field(name, `{{ticket-${name}}}`)).join('')}${file}--${boundary}--\r\n`;
}

/** As `encodeURIComponent`, which throws for half a character; the words in braces stay. */
function encoded(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString()).replace(/%7B%7B([\w-]+)%7D%7D/g, '{{$1}}');
}

/** The same with one thing wrong. */
function twist(route: Route, base: Case): Arbitrary<Case> {
  const as = (change: Partial<Case>): Case => ({ ...base, ...change });
  const withHeader = ([name, value]: readonly [string, string]): Case =>
    as({ headers: { ...base.headers, [name]: value } });
  const bodies = route.body || base.body !== null ? 6 : 1;
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...people).map((who) => as({ who })) },
    { weight: 3, arbitrary: headerTwist.map(withHeader) },
    {
      weight: 3,
      arbitrary: queryTwist(route).map((more) => as({ query: [base.query, more].filter(Boolean).join('&') })),
    },
    { weight: 1, arbitrary: methodTwist(route).map((method) => as({ method })) },
    { weight: route.pathNames.length > 0 ? 4 : 1, arbitrary: pathTwist(route, base) },
    { weight: bodies, arbitrary: bodyTwist(route, base) },
  );
}

const headerTwist: Arbitrary<readonly [string, string]> = fc.oneof(
  fc.tuple(
    fc.constant('authorization'),
    fc.constantFrom(
      '',
      'Bearer',
      'Bearer ',
      'Basic YTpi',
      'Bearer a.b.c',
      `Bearer ${'x'.repeat(3_000)}`,
      'Bearer null',
      '\u00e9',
    ),
  ),
  fc.tuple(
    fc.constant('content-type'),
    fc.constantFrom(
      ...['', 'text/plain', 'application/json; charset=utf-16', 'application/json; charset=nonsense', 'junk', ';;;'],
      ...[
        'application/x-www-form-urlencoded',
        'multipart/form-data',
        'multipart/form-data; boundary=',
        'application/xml',
      ],
      ...['application/vnd.api+json', 'application/csp-report', `multipart/form-data; boundary=${boundary}`],
    ),
  ),
  fc.tuple(fc.constant('content-encoding'), fc.constantFrom('gzip', 'br', 'deflate', 'nonsense', 'identity')),
  fc.tuple(
    fc.constant('idempotency-key'),
    fc.constantFrom('', 'x', 'a b', 'fuzz-key-0001', 'k'.repeat(65), '../../..', '\u00ff'),
  ),
  fc.tuple(
    fc.constant('prefer'),
    fc.constantFrom(
      'wait=1',
      'wait=0',
      'wait=-1',
      'wait=1e9',
      'wait=99999',
      'wait=',
      'respond-async, wait=1',
      'w'.repeat(2_000),
    ),
  ),
  fc.tuple(
    fc.constant('x-request-id'),
    fc.constantFrom(
      '',
      'short',
      'my-own-request',
      'x'.repeat(65),
      '"><b>',
      '\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9',
    ),
  ),
  fc.tuple(
    fc.constant('x-forwarded-for'),
    fc.constantFrom(
      '',
      ',',
      'unknown',
      '::1',
      '::ffff:1.2.3.4',
      'fe80::1%eth0',
      ':::::',
      '1.2.3.4, 5.6.7.8',
      '<script>',
      'x'.repeat(2_000),
      '\u00e9',
    ),
  ),
  fc.tuple(
    fc.constant('accept'),
    fc.constantFrom('text/html', '*/*', '', 'image/png', 'application/json;q=2', ';;;', 'text/html;q=0.1'),
  ),
  fc.tuple(fc.constant('origin'), fc.constantFrom('null', 'https://evil.example', 'junk', '://')),
  fc.tuple(fc.constant('host'), fc.constantFrom('evil.example', '', '[', 'a:b:c', '127.0.0.1:99999')),
  fc.tuple(
    fc.constant('cookie'),
    fc.constantFrom('suyi_admin=', `suyi_admin=${'a'.repeat(64)}`, ';;;=', 'suyi_admin=%00', 'x'.repeat(3_000)),
  ),
  fc.tuple(fc.constant('range'), fc.constantFrom('bytes=0-0', 'bytes=99999999-', 'bytes=-1', 'junk=1')),
  fc.tuple(fc.constant('if-none-match'), fc.constantFrom('*', '"a"', 'W/"', '\u00ff')),
  fc.tuple(fc.constant('user-agent'), fc.constantFrom('', 'x'.repeat(4_000), '\u00e9', '<script>')),
  fc.tuple(fc.constant('x-csrf-token'), fc.constantFrom('', 'x', 'x'.repeat(64))),
  fc.tuple(fc.constant('sec-fetch-site'), fc.constantFrom('cross-site', 'none', 'junk')),
);

function queryTwist(route: Route): Arbitrary<string> {
  const known = [...route.query.map(({ name }) => name), 'limit', 'cursor', 'done', 'next'];
  const name = fc.oneof(
    fc.constantFrom(...known),
    fc.constantFrom('__proto__', 'unknown', 'limit[]', 'a[b]', 'from', ''),
  );
  const cursors = fc.constantFrom(
    '{{task}}',
    '{{order}}',
    '0',
    '-1',
    '1e309',
    'tsk_',
    '9'.repeat(200),
    '%00',
    '%FF%FE',
    '%',
  );
  const value = fc.oneof(
    junkText.map(encoded),
    cursors,
    fc.constantFrom('-1', '1e9', '0', '51', '1.5', '0x10', '%205', '%EF%BC%95'),
  );
  const pair = fc.tuple(name, value).map(([key, text]) => `${encoded(key)}=${text.slice(0, 4_000)}`);
  return fc.oneof(
    { weight: 4, arbitrary: pair },
    { weight: 2, arbitrary: fc.tuple(pair, pair).map((pairs) => pairs.join('&')) },
    { weight: 1, arbitrary: pair.map((one) => `${one}&${one}`) },
    { weight: 1, arbitrary: fc.constantFrom('&&&', '=', '?', '%', '%zz=%zz', `${'a=1&'.repeat(900)}`) },
  );
}

const methodTwist = (route: Route): Arbitrary<string> =>
  fc.constantFrom(
    ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND'].filter((m) => m !== route.method),
  );

const rawPathWords = [
  '%00',
  '%',
  '%zz',
  '%E0%A4%A',
  '%C0%AE',
  '..%2f..%2fetc',
  '%2e%2e',
  '..',
  '.',
  '',
  '/',
  '//',
  'a/b',
  ';x=1',
  '%0d%0aX-Injected:1',
  '%ED%A0%80',
];
const strangers = [
  '{{otherUser}}',
  'tsk_nobody',
  'ord_1',
  'med_0',
  'usr_x',
  '0',
  'tsk_' + '0'.repeat(28),
  'A'.repeat(33),
];

function pathTwist(route: Route, base: Case): Arbitrary<Case> {
  const words = fc.oneof(
    fc.constantFrom(...strangers, '{{task}}', '{{order}}', '{{media}}', '{{user}}', '{{audit}}'),
    fc.constantFrom(...rawPathWords),
    fc.constantFrom(...nasties).map((text) => encoded(text).slice(0, 6_000)),
  );
  if (route.pathNames.length === 0) {
    const ends = fc.constantFrom('/', '//', '/x', '%00', '%', '.json', ';', '/..', '/.', '/%2e%2e');
    return ends.map((end) => ({ ...base, path: `${base.path}${end}`, isElsewhere: true }));
  }
  return words.map((word) => ({
    ...base,
    path: route.pathNames.reduce((made, name) => made.replace(`{${name}}`, word), route.path),
    // These may be cut, or taken for another path altogether.
    isElsewhere: !/^(\{\{\w+\}\}|\w{2,})$/.test(word) || route.path.endsWith('{key}'),
  }));
}

function bodyTwist(route: Route, base: Case): Arbitrary<Case> {
  const type = route.body?.type ?? 'application/json';
  const as = (body: string): Case => ({ ...base, body, headers: { 'content-type': type, ...base.headers } });
  const raw = fc.constantFrom(
    ...[
      '',
      ' ',
      '{',
      '{"a":',
      '[',
      '"text"',
      '12',
      'null',
      'true',
      '{"a":1}{"b":2}',
      '\ufeff{}',
      '{"a":NaN}',
      "{'a':1}",
    ],
    ...[
      '\u0000',
      '{}\u0000',
      '{"a":"\\ud800"}',
      '{"a":1,"a":2}',
      '{"__proto__":{"isAdmin":true}}',
      '{"constructor":{"prototype":{"x":1}}}',
    ],
    ...[`{"a":"${'x'.repeat(64 * 1_024 + 1)}"}`, '['.repeat(30_000), `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ...[
      'a=1&a=2',
      'a[b][c][d]=1',
      `${'a[]=1&'.repeat(2_000)}`,
      'a%=1',
      '%',
      '__proto__=1',
      'csrf=a&csrf=b',
      'x'.repeat(300_000),
      `--${boundary}--`,
    ],
  );
  const spoiltBody = route.body
    ? fitting(route.body.schema, fieldsOf(route)).chain((value) => spoilt(value))
    : junkJson;
  return fc.oneof(
    { weight: 5, arbitrary: spoiltBody.map((value) => as(written(value, type))) },
    { weight: 2, arbitrary: raw.map(as) },
  );
}
