import { byteOrderMark, headLine, rowLine } from './csv';

const line = (value: string | number | boolean | null): string => rowLine([{ name: 'cell', of: () => value }], {});

describe('a cell of a CSV file', () => {
  it.each([
    ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
    ['+8613800138000', `'+8613800138000`],
    ['-1+1|cmd', `'-1+1|cmd`],
    ['@SUM(A1)', `'@SUM(A1)`],
    ['\tx', `'\tx`],
    ['\rx', `"'\rx"`],
    ['\nx', `"'\nx"`],
    ['＝1+1', `'＝1+1`],
    ['＠SUM(A1)', `'＠SUM(A1)`],
  ])('that begins like a formula (%j) is text again', (value, written) => {
    expect(line(value)).toBe(`${written}\r\n`);
  });

  it.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['he said "no"', '"he said ""no"""'],
    ['two\nlines', '"two\nlines"'],
    ['素衣会员 · 30 天', '素衣会员 · 30 天'],
    ['a=b', 'a=b'],
    [null, ''],
    [-5, '-5'],
    [true, 'true'],
  ])('%j is written as RFC 4180 has it', (value, written) => {
    expect(line(value)).toBe(`${written}\r\n`);
  });
});

it('a file begins with the mark by which Excel knows UTF-8, and names its columns', () => {
  expect(Buffer.from(byteOrderMark)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
  expect(
    headLine([
      { name: 'id', of: () => '' },
      { name: 'a,b', of: () => '' },
    ]),
  ).toBe('id,"a,b"\r\n');
});
