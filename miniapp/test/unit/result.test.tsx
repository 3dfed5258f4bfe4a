import { act, fireEvent, render } from '@testing-library/react';
import type { CleanMeasures } from '@suyi/shared-types';
import { Compare, shareAt } from '../../src/features/result/compare';
import { statusWords } from '../../src/features/history/task-words';
import { fileNameOf } from '../../src/features/result/finished';
import { backgroundWords, Measures } from '../../src/features/result/measures';
import { Warnings } from '../../src/features/result/warnings';
import { checkPhoto } from '../../src/features/photo/photo-check';
import { renewalWords } from '../../src/features/membership/renewal';
import { percentWords, yuanWords } from '../../src/ui/wording';
import { sampleMembership, samplePlan, sampleTask } from './samples';

const measures: CleanMeasures = {
  framePurity: 1,
  backgroundPurity: 1,
  fill: 0.853,
  centreOffset: 0.004,
  colourDelta: 0.4,
  confidence: 0.97,
  flags: ['low_resolution'],
};

const compare = () => document.getElementById('compare');
const value = () => compare()?.getAttribute('aria-valuenow');
const touch = (x: number) => ({ touches: [{ clientX: x }], changedTouches: [{ clientX: x }] });

it.each([
  [10, 0],
  [110, 50],
  [210, 100],
  [-50, 0],
  [900, 100],
])('a finger at %i px of a box from 10 to 210 shows %i %% of the photo', (x, share) => {
  expect(shareAt(x, { left: 10, width: 200 })).toBe(share);
});

it('follows a finger, and a button does the same', async () => {
  render(<Compare before="a.jpg" after="b.jpg" />);
  const box = compare();
  if (!box) throw new Error('no slider');

  await act(async () => void fireEvent.touchStart(box, touch(60)));
  expect(value()).toBe('25');

  await act(async () => void fireEvent.touchEnd(box, touch(160)));
  expect(value()).toBe('75');

  const button = document.getElementById('compare-after');
  if (button) await act(async () => void fireEvent.click(button));
  expect(value()).toBe('0');
});

it('says what was measured in plain words', () => {
  const file = { width: 1600, height: 1600, byteLength: 214_532, contentType: 'image/jpeg' };

  const { container } = render(<Measures measures={measures} file={file} />);

  for (const words of ['纯白 100 %', '85 %', '与原图一致', '1600 × 1600', 'JPG · 210 KB']) {
    expect(container.textContent).toContain(words);
  }
});

describe('a picture that should be looked at', () => {
  const doubtful = {
    ...sampleTask('succeeded'),
    measures: { ...measures, colourDelta: 3.1, flags: ['cropped_by_frame', 'please_check'] },
  };

  it('is warned of in words without a measure’s name, its colour too', () => {
    const { container } = render(<Warnings task={doubtful} />);

    expect(container.textContent).toContain('画面边缘有内容被保留，请检查');
    expect(container.textContent).toContain('颜色略有偏差，请对比原图');
    expect(container.textContent).not.toContain('ΔE');
  });

  it('says so on its tag; one that has nothing to look at is done, and warns of nothing', () => {
    const faithful = { ...doubtful, measures: { ...measures, flags: [] } };

    expect(statusWords({ ...doubtful, quotaEffect: 'captured' })).toEqual({ text: '请检查', tone: 'warning' });
    expect(statusWords({ ...faithful, quotaEffect: 'captured' })).toEqual({ text: '已完成', tone: 'accent' });
    expect(render(<Warnings task={faithful} />).container.textContent).toBe('');
  });
});

it('names the saved file by what it is and when it was made, in Shanghai', () => {
  const task = { ...sampleTask('succeeded'), finishedAt: '2026-11-23T17:04:00.000Z' };

  expect(fileNameOf(task, 'image/jpeg')).toBe('素衣-主图-1124-0104.jpg');
  expect(fileNameOf({ ...task, params: { preset: 'taobao_white' } }, 'image/png')).toBe('素衣-淘宝白底-1124-0104.png');
});

it('never rounds a background up to pure', () => {
  expect(backgroundWords({ ...measures, backgroundPurity: 0.99999 })).toBe('纯白 99.99 %');
  expect([percentWords(0.853), percentWords(0.004), percentWords(1)]).toEqual(['85 %', '0.4 %', '100 %']);
  expect([yuanWords(9900), yuanWords(99)]).toEqual(['99', '0.99']);
});

it.each([
  ['a photo of a common phone', {}, null],
  ['an iPhone’s HEIC', { contentType: 'image/heic' }, 'HEIC'],
  ['a film', { contentType: 'video/mp4' }, '不支持这种文件'],
  ['an empty file', { byteLength: 0 }, '空的'],
  ['31 MB', { byteLength: 31 * 1024 * 1024 }, '30 MB'],
  ['a stamp', { width: 240, height: 900 }, '300 像素'],
  ['a banner', { width: 8000, height: 700 }, '10:1'],
  ['64 megapixels', { width: 9000, height: 7000 }, '5000 万'],
  ['what the phone cannot show', { width: 0, height: 0 }, '损坏'],
])('judges %s before a byte is sent', (_name, change, words) => {
  const photo = { path: 'a', byteLength: 3_000_000, width: 3000, height: 4000, contentType: 'image/jpeg', ...change };

  const { refusal } = checkPhoto(photo);

  if (words === null) expect(refusal).toBeNull();
  else expect(refusal).toContain(words);
});

it('states before paying what a renewal adds', () => {
  const now = Date.parse('2026-11-23T04:00:00.000Z');
  const member = { ...sampleMembership(87), quotaExpireAt: '2026-12-01T04:00:00.000Z' };

  expect(renewalWords(member, samplePlan(), now)).toEqual({
    title: '续费后',
    until: '延至 2026年12月31日',
    uses: '剩余 87 次 + 100 次，共 187 次',
  });
  expect(renewalWords(sampleMembership(0), samplePlan(), now)).toMatchObject({ title: '开通后', uses: '100 次' });
});
