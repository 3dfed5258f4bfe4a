import { withoutValues } from './database';

it.each([
  [
    'mysql',
    "Executed (default): SELECT id FROM users WHERE phone = '13800138000' AND created_at > 1732350000000",
    'SELECT id FROM users WHERE phone = ? AND created_at > ?',
  ],
  [
    'mysql',
    "UPDATE orders SET openid = 'o\\'Neil\\\\', n = -12.5 WHERE id = 'a''b'",
    'UPDATE orders SET openid = ?, n = ? WHERE id = ?',
  ],
  [
    'sqlite',
    "UPDATE tasks SET params = 'ends with \\', secret = 'prompt' WHERE id = 'x'",
    'UPDATE tasks SET params = ?, secret = ? WHERE id = ?',
  ],
  [
    'sqlite',
    "SELECT a1 FROM t WHERE b IN ('1', '2', '3')\n   AND `c2` = 4",
    'SELECT a1 FROM t WHERE b IN (?…) AND `c2` = ?',
  ],
  ['mysql', "INSERT INTO t (a, b) VALUES ('line\nbreak', NULL)", 'INSERT INTO t (a, b) VALUES (?, NULL)'],
] as const)('a slow statement of %s is logged without what was filled in: %s', (dialect, sql, expected) => {
  expect(withoutValues(sql, dialect)).toBe(expected);
});
