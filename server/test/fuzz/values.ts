import fc, { type Arbitrary } from 'fast-check';
import type { JsonSchema } from './document';

/* Values: such as a schema asks for, such as nobody asked for, and the first spoilt in one place. */

/** Words that have broken programs before. */
export const nasties: readonly string[] = [
  '',
  ' ',
  '0',
  '-1',
  '1e9',
  '9007199254740993',
  '99999999999999999999999999',
  'NaN',
  'null',
  'undefined',
  'true',
  '[]',
  '{}',
  '[object Object]',
  "' OR 1=1 --",
  '" ; DROP TABLE users; --',
  '%',
  '_',
  '\\',
  '../../../../etc/passwd',
  '..\\..\\x',
  '.',
  '..',
  '\u0000',
  'a\u0000b',
  '\r\nX-Injected: 1',
  '<script>alert(1)</script>',
  '{{7*7}}',
  '${7*7}',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '💥',
  '👨‍👩‍👧‍👦'.repeat(40),
  '\ud800',
  '\udfff\ud800',
  '\u202e\u200b\ufeff',
  '素衣',
  '٣٤٥',
  'İıſ',
  'A'.repeat(201),
  'a'.repeat(6_000),
];

export const junkText: Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...nasties) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
);

const limits = [0, -0, -1, 0.5, 1e-7, 1e21, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 2 ** 63, Number.MAX_VALUE];

/** Stands for arrays in arrays, thirty thousand deep: more than can be written from a value. */
const deep = '@deep';
export const withDepth = (json: string): string =>
  json.replaceAll(`"${deep}"`, () => `${'['.repeat(30_000)}${']'.repeat(30_000)}`);

/** Any JSON; also very long, and nested so deep that whoever walks through it by calling itself falls. */
export const junkJson: Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: junkText },
  { weight: 2, arbitrary: fc.constantFrom(...limits) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], ['a', 'b']) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(40_000), '汉'.repeat(20_000), '\u0001'.repeat(9_000)) },
  { weight: 1, arbitrary: fc.constantFrom(nested(50), deep) },
  { weight: 1, arbitrary: fc.constant(Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`k${n}`, n]))) },
  { weight: 1, arbitrary: trapKeys() },
);

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let n = 0; n < depth; n += 1) value = [value];
  return value;
}

/** Own properties of these names, as JSON.parse makes them. */
function trapKeys(): Arbitrary<unknown> {
  const name = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'then', 'toJSON', '$where');
  return fc.tuple(name, fc.constantFrom<unknown>({ isAdmin: true }, null, 1)).map((pair) => Object.fromEntries([pair]));
}

/** Something that fits this schema, so far as a schema says it. `named` gives what only the product knows, by the field's name. */
export function fitting(schema: JsonSchema, named: (name: string) => Arbitrary<unknown> | null): Arbitrary<unknown> {
  const within = (part: unknown): Arbitrary<unknown> => fitting(part as JsonSchema, named);
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) return fc.oneof(...choices.map(within));
  if (schema.type === 'object') return fittingObject(schema, named);
  if (schema.type === 'array') return fc.array(within(schema.items ?? {}), { maxLength: 4 });
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'integer' || schema.type === 'number') {
    const min = typeof schema.minimum === 'number' ? Math.max(schema.minimum, -1e6) : 0;
    const max = typeof schema.maximum === 'number' ? Math.min(schema.maximum, 1e9) : 1_000;
    return fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max));
  }
  if (schema.type === 'null') return fc.constant(null);
  return fittingText(schema);
}

function fittingText(schema: JsonSchema): Arbitrary<string> {
  if (schema.format === 'date') return fc.constantFrom('2026-01-01', '2024-02-29', '0001-01-01', '9999-12-31');
  if (schema.format === 'date-time') return fc.constantFrom('2026-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z');
  if (schema.format === 'uri') return fc.constant('https://example.com/');
  // fast-check does not follow patterns that look ahead.
  if (typeof schema.pattern === 'string' && !schema.pattern.includes('(?!'))
    return fc.stringMatching(new RegExp(schema.pattern));
  const minLength = typeof schema.minLength === 'number' ? schema.minLength : 0;
  const maxLength = typeof schema.maxLength === 'number' ? schema.maxLength : 40;
  return fc.oneof(fc.string({ minLength, maxLength }), fc.string({ unit: 'grapheme', minLength, maxLength }));
}

type Named = Parameters<typeof fitting>[1];

function fittingObject(schema: JsonSchema, named: Named): Arbitrary<unknown> {
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const required = (schema.required ?? []) as string[];
  const model: Record<string, Arbitrary<unknown>> = {};
  for (const [name, part] of Object.entries(properties)) model[name] = named(name) ?? fitting(part, named);
  return fc.record(model, { requiredKeys: Object.keys(model).filter((name) => required.includes(name)) });
}

/** The value with one thing wrong: a field gone, added or of another kind, or another value altogether. */
export function spoilt(value: unknown): Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return junkJson;
  const entries = Object.entries(value);
  const names = entries.map(([name]) => name);
  const replaced = ([name, junk]: [string, unknown]): unknown =>
    Object.fromEntries([...entries.filter(([other]) => other !== name), [name, junk]]);
  const added = fc.tuple(fc.oneof(junkText, fc.constantFrom('id', 'userId', 'status', 'role')), junkJson).map(replaced);
  if (names.length === 0) return fc.oneof(junkJson, added);

  const one = fc.constantFrom(...names);
  const gone = one.map((name) => Object.fromEntries(entries.filter(([other]) => other !== name)));
  const listed = one.map((name) => replaced([name, [Object.fromEntries(entries)[name]]]));
  return fc.oneof(
    { weight: 4, arbitrary: fc.tuple(one, junkJson).map(replaced) },
    { weight: 1, arbitrary: gone },
    { weight: 1, arbitrary: listed },
    { weight: 2, arbitrary: added },
    { weight: 1, arbitrary: junkJson },
  );
}
