import sharp from 'sharp';
import { readFile } from 'node:fs/promises';
import type { Phone } from './phone';
import { useWorld } from './world';

const world = useWorld();

async function orderSet(phone: Phone): Promise<void> {
  await phone.tap('tool-model-pose12');
  await phone.see('pose-empty');
  await phone.shoot('30-pose-empty');
  await phone.choosePhoto(world.garment, 'pose-choose');
  await phone.see('pose-preview');
  await phone.tap('pose-scene-street');
  await phone.tap('pose-category-top');
  await phone.tap('pose-check');
  await phone.shoot('31-pose-chosen');
  await phone.tap('pose-start');
}

/** Presses the button, and collects what the browser is given to keep. */
async function saveAll(phone: Phone, count: number): Promise<Buffer[]> {
  const paths: Promise<string>[] = [];
  phone.page().on('download', (download) => paths.push(download.path()));
  await phone.tap('poses-save-all');
  await phone.read('poses-saved', '已全部下载');
  expect(paths).toHaveLength(count);
  return Promise.all((await Promise.all(paths)).map((path) => readFile(path)));
}

it('is ordered, left, found again after the app was killed, looked at and saved: twelve labelled pictures', async () => {
  const { product } = world;
  await product.turnPoses({ paceMs: 3_000 });
  const session = await product.newMember();
  const phone = await world.phone(session);
  await phone.read('summary-uses', '100');
  await phone.shoot('29-workspace-tools');

  await orderSet(phone);
  await phone.read('poses-status', /排队中|制作中/);
  await phone.shoot('32-poses-open');
  await phone.reopen();
  await phone.see('resume-pose-card');
  await phone.shoot('33-workspace-resume');
  await phone.tap('resume-pose-open');

  await phone.read('poses-status', '已完成');
  await phone.see('poses-frame-11');
  await phone.shoot('34-poses-done');
  await phone.tap('poses-frame-2');
  await phone.read('poses-viewer-place', '3');
  await phone.shoot('35-poses-viewer');
  await phone.tap('poses-viewer-compare');
  await phone.shoot('35-poses-viewer-original');
  await phone.tap('poses-viewer-original');
  await phone.page().goBack();

  const saved = await saveAll(phone, 12);
  await phone.shoot('36-poses-saved');
  expect(saved).toHaveLength(12);
  for (const bytes of saved) {
    const picture = await sharp(bytes).metadata();
    expect(picture).toMatchObject({ format: 'jpeg' });
    expect(picture.xmp?.toString()).toContain('TC260');
  }
  expect(await product.usesOf(session)).toEqual({
    remaining: 99,
    held: 0,
    entries: ['grant 100', 'hold 1', 'capture 1'],
  });

  await phone.tap('page-back');
  await phone.openTab('历史');
  await phone.read('history-item-0', '12 张');
  await phone.shoot('37-history-poses');
}, 180_000);

it('says plainly that pictures are missing, that they are the seller’s, and that the use came back', async () => {
  const { product } = world;
  await product.turnPoses({ paceMs: 500 });
  await product.turnPoses({ shortOf: 7 });
  const session = await product.newMember();
  const phone = await world.phone(session);

  await orderSet(phone);
  await phone.read('poses-incomplete', '7 张');
  await phone.see('poses-frame-6');
  await phone.shoot('38-poses-incomplete');

  expect(await product.usesOf(session)).toMatchObject({ remaining: 100, held: 0 });
  await phone.tap('poses-retry');
  await phone.read('poses-status', '已完成');
  const [again, first] = await product.tasksOf(session);
  expect(again).toMatchObject({ retryOf: first?.id, quotaEffect: 'captured' });
}, 180_000);
