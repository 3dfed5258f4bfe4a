import { meaningOf, meaningOfCode, noJobIn } from './classify';

/** Every number that the vendor documents, or was seen to send, by what it must lead to. */
const documented: Record<string, number[]> = {
  ok: [0],
  open: [804, 813],
  failed: [805, 1015],
  gone: [423, 807, 1004],
  undecided: [500, 1000, 1005, 1006, 1010, 1011, 1012, 1504],
  busy: [415, 421, 814, 1003, 1520],
  balance: [414, 416, 812],
  configuration: [
    301, 380, 401, 412, 433, 435, 436, 801, 802, 803, 806, 810, 811, 901, 1001, 1002, 1007, 1009, 1014, 1101, 1601,
  ],
  photo: [808, 809, 1008, 1013],
  moderation: [1501, 1505],
};
const cases = Object.entries(documented).flatMap(([meaning, codes]) =>
  codes.map((code): [string, string] => [String(code), meaning]),
);

it('knows each documented number by its meaning, and no other', () => {
  expect(Object.fromEntries(meaningOfCode)).toEqual(Object.fromEntries(cases));
});

it.each(cases)('takes %s for %s under any HTTP status', (code, meaning) => {
  expect([200, 400, 429, 503].map((status) => meaningOf({ status, code }))).toEqual(Array(4).fill(meaning));
});

it.each<[number, string | null, string]>([
  [200, null, 'ok'],
  [204, null, 'ok'],
  [200, '31337', 'undecided'],
  [302, null, 'undecided'],
  [401, null, 'configuration'],
  [401, '-1', 'configuration'],
  [403, null, 'undecided'],
  [404, '31337', 'undecided'],
  [429, null, 'busy'],
  [429, '31337', 'busy'],
  [500, null, 'undecided'],
  [503, '31337', 'undecided'],
])('goes by the HTTP status where no number helps: %i with %s is %s', (status, code, meaning) => {
  expect(meaningOf({ status, code })).toBe(meaning);
});

it('says no only where no job was made', () => {
  const refused = cases.filter(([code]) => noJobIn({ status: 200, code }) !== null).map(([, meaning]) => meaning);

  expect(new Set(refused)).toEqual(new Set(['busy', 'balance', 'configuration', 'photo', 'moderation']));
  expect(noJobIn({ status: 429, code: null })).toEqual({ refused: true, kind: 'busy', code: 'http_429' });
});
