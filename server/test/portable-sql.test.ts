import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(__dirname, '..', 'src');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
  .map((file) => join(root, file));

/** The program without its comments: what is said about SKIP LOCKED is not SKIP LOCKED. */
const codeOf = (file: string): string =>
  readFileSync(file, 'utf8')
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '');

/** The statements in it: every quoted text that begins as one. */
const statementsOf = (code: string): string[] =>
  [
    ...code.matchAll(/(['"`])\s*((?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|REPLACE|WITH|SET|LOCK)\b[^]*?)\1/g),
  ].map(([, , statement]) => (statement ?? '').replace(/\s+/g, ' '));

/** What docs/growing.md says is absent, as a word and as what to look for. */
const absent: [word: string, pattern: RegExp][] = [
  ['SKIP LOCKED', /SKIP\s+LOCKED|skipLocked/],
  ['NOWAIT', /\bNOWAIT\b/],
  ['FOREIGN KEY', /FOREIGN\s+KEY/],
  ['REFERENCES', /\bREFERENCES\b/],
  ['CASCADE', /\bCASCADE\b/],
  ['TRIGGER', /\bTRIGGER\b/],
  ['CREATE PROCEDURE', /CREATE\s+PROCEDURE|\bCALL\s+\w+\s*\(/],
  ['CREATE FUNCTION', /CREATE\s+FUNCTION/],
  ['CREATE VIEW', /CREATE\s+(OR\s+REPLACE\s+)?VIEW/],
  ['CREATE EVENT', /CREATE\s+EVENT/],
  ['SAVEPOINT', /\bSAVEPOINT\b/],
  ['GENERATED ALWAYS', /GENERATED\s+ALWAYS|\)\s+STORED\b/],
  ['AUTO_INCREMENT', /AUTO_?INCREMENT/i],
  ['CREATE TEMPORARY', /CREATE\s+TEMPORARY/],
  ['RETURNING', /\bRETURNING\b/],
  ['ON DUPLICATE KEY', /ON\s+DUPLICATE\s+KEY/],
  ['REPLACE INTO', /REPLACE\s+INTO/],
  ['INSERT IGNORE', /INSERT\s+(OR\s+)?IGNORE/],
  ['ON CONFLICT', /ON\s+CONFLICT/],
  ['UPDATE … LIMIT', /(?:^|[`'"]\s*)(?:UPDATE|DELETE)\b[^`'"]*\bLIMIT\b/],
  ['LAST_INSERT_ID', /LAST_INSERT_ID/],
  ['FOUND_ROWS', /FOUND_ROWS/],
  ['LOCK TABLES', /LOCK\s+TABLES/],
  ['LOCK IN SHARE MODE', /LOCK\s+IN\s+SHARE\s+MODE/],
  ['FOR SHARE', /FOR\s+SHARE/],
  ['JSON_EXTRACT', /JSON_(EXTRACT|VALUE|TABLE|CONTAINS)/i],
  ['MATCH … AGAINST', /\bAGAINST\s*\(/],
];

it('finds the files and the statements that it looks through', () => {
  const statements = files.flatMap((file) => statementsOf(codeOf(file)));

  expect(files.length).toBeGreaterThan(100);
  expect(statements.filter((statement) => /^SELECT/.test(statement)).length).toBeGreaterThan(30);
  expect(statements.filter((statement) => /^UPDATE/.test(statement)).length).toBeGreaterThan(10);
});

it.each(absent)('%s is in no statement of ours', (_, pattern) => {
  expect(files.filter((file) => pattern.test(codeOf(file))).map((file) => relative(root, file))).toEqual([]);
});

it('asks for a named lock in the migrations alone', () => {
  const asking = files.filter((file) => /GET_LOCK/.test(codeOf(file))).map((file) => relative(root, file));

  expect(asking).toEqual([join('db', 'migrate.ts')]);
});

it('changes and deletes rows by a condition always', () => {
  const unbound = files.flatMap((file) =>
    statementsOf(codeOf(file)).filter(
      (statement) => /^(UPDATE \S|DELETE FROM )/.test(statement) && !/\bWHERE\b/.test(statement),
    ),
  );

  expect(unbound).toEqual([]);
});

it('stands word for word in docs/growing.md', () => {
  const page = readFileSync(join(__dirname, '../../docs/growing.md'), 'utf8');

  for (const [word] of absent) expect(page).toContain(`\`${word}\``);
});
