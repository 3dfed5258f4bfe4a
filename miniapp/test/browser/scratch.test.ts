import type { Phone } from './phone';
import { useWorld } from './world';

const world = useWorld();

async function both(phone: Phone, name: string, isFull = true): Promise<void> {
  for (const [width, height] of [[390, 844], [320, 640]] as const) {
    await phone.page().setViewportSize({ width, height });
    await phone.page().waitForTimeout(700);
    await phone.page().screenshot({ path: `/tmp/ill/s-${name}-${width}.png` });
  }
  void isFull;
}

it('looks', async () => {
  const { product } = world;
  await product.turnPoses({ paceMs: 3_000 });
  const guest = await world.phone();
  await guest.see('pose-example');
  await both(guest, '00-guest');

  const fresh = await world.phone(await product.signIn(product.newNumber()));
  await fresh.see('pose-example');
  await fresh.tap('summary-buy');
  await fresh.see('plan-pay');
  await both(fresh, '01-membership');

  const session = await product.newMember();
  const phone = await world.phone(session);
  await phone.tap('tool-model-pose12');
  await phone.see('pose-empty');
  await both(phone, '02-empty');
  await phone.choosePhoto(world.garment, 'pose-choose');
  await phone.see('pose-preview');
  await phone.tap('pose-start');
  await phone.see('pose-missed');
  await both(phone, '03-missed');
  await phone.tap('pose-category-dress');
  await phone.tap('pose-check');
  await both(phone, '04-ready');
  await phone.tap('pose-start');
  await phone.read('poses-status', /排队中|制作中/);
  await both(phone, '05-making');
  await phone.tap('page-back');
  await phone.see('resume-pose-card');
  await both(phone, '06-home');
  await phone.openTab('历史');
  await phone.tap('history-filter-open');
  await both(phone, '07-history-open');
  await phone.tap('history-filter-all');
  await phone.tap('history-item-0');
  await phone.read('poses-status', '已完成');
  await both(phone, '08-done');
  await (await phone.see('poses-delete')).scrollIntoViewIfNeeded();
  await both(phone, '09-done-foot');
  await phone.tap('poses-frame-2');
  await phone.read('poses-viewer-place', '3');
  await both(phone, '10-viewer');
  await phone.tap('poses-viewer-compare');
  await both(phone, '11-viewer-photo');
  await phone.page().goBack();
  await phone.tap('poses-again-photo');
  await phone.read('pose-chosen', '连衣裙');
  await both(phone, '12-again');
  await phone.tap('pose-scene-beach');
  await phone.tap('pose-start');
  await phone.read('poses-status', '已完成');
  await phone.tap('page-back');
  await phone.openTab('历史');
  await phone.see('history-item-1');
  await both(phone, '13-history');
  await phone.openTab('我的');
  await phone.tap('me-statement');
  await phone.see('statement-item-0');
  await both(phone, '14-statement');
  await phone.tap('statement-all');
  await both(phone, '15-statement-all');
  await phone.page().goto(`${phone.origin}/#/subpackages/task/result/index?id=${(await product.tasksOf(session))[0]?.id}`);
  await phone.see('poses-frame-11');
}, 180_000);
