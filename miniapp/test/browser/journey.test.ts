import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { Phone } from './phone';
import { signInByCode } from './sign-in';
import { useWorld } from './world';

const world = useWorld();

it('takes a seller from the first look to a saved picture, and out again', async () => {
  const { product, garment } = world;
  const phone = await world.phone();
  await phone.see('summary-login');
  await phone.shoot('01-workspace-guest');

  await phone.tap('summary-login');
  await phone.tap('login-submit');
  await phone.see('login-phone-error');
  await phone.shoot('02-login-nothing-typed');
  await signInByCode(phone, product.newNumber());
  await phone.read('summary-uses', '0');
  await phone.shoot('04-workspace-new');
  const session = await phone.session();

  await buyMembership(phone);
  expect(await product.usesOf(session)).toEqual({ remaining: 100, held: 0, entries: ['grant 100'] });

  await phone.tap('payment-start');
  await phone.read('summary-uses', '100');
  await phone.tap('tool-basic-clean');
  await phone.see('clean-empty');
  await phone.shoot('08-clean-empty');
  await phone.choosePhoto(garment);
  await phone.see('clean-preview');
  await phone.shoot('09-clean-chosen');
  await phone.tap('clean-start');
  await lookAtResult(phone);
  await expectWhiteMainImage(await savePicture(phone));

  await lookAtHistory(phone);
  await lookAtStatement(phone);
  expect(await product.usesOf(session)).toEqual({
    remaining: 99,
    held: 0,
    entries: ['grant 100', 'hold 1', 'capture 1'],
  });

  await leave(phone);
  await expect(product.usesOf(session)).rejects.toThrow('401');
});

async function buyMembership(phone: Phone): Promise<void> {
  await phone.tap('summary-buy');
  await phone.see('plan-monthly');
  await phone.shoot('05-membership');
  await phone.tap('plan-pay');
  const pay = phone.page().getByRole('button', { name: '确认支付' });
  await pay.waitFor();
  await phone.shoot('06-cashier');
  await pay.tap();
  await phone.read('payment-paid', '支付成功');
  await phone.shoot('07-paid');
}

async function lookAtResult(phone: Phone): Promise<void> {
  await phone.read('result-status', '已完成');
  await phone.read('result-measures', /纯白 (100|99\.\d\d) %/);
  await phone.read('result-measures', '1600 × 1600');
  await phone.read('result-effect', '用了 1 次');
  await phone.shoot('10-result-both');

  await phone.tap('compare-before');
  await phone.shoot('11-result-before');
  await phone.tap('compare-after');
  await phone.shoot('12-result-after');
}

async function savePicture(phone: Phone): Promise<Buffer> {
  const [download] = await Promise.all([phone.page().waitForEvent('download'), phone.tap('clean-save')]);
  expect(download.suggestedFilename()).toMatch(/^素衣-主图-\d{4}-\d{4}\.jpg$/);
  await phone.shoot('13-saved');
  return readFile(await download.path());
}

async function expectWhiteMainImage(picture: Buffer): Promise<void> {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([1600, 1600]);

  const pixelAt = (x: number, y: number) => [...data.subarray((y * 1600 + x) * 3, (y * 1600 + x) * 3 + 3)];
  for (const corner of [pixelAt(0, 0), pixelAt(1599, 0), pixelAt(0, 1599), pixelAt(1599, 1599)])
    expect(corner).toEqual([255, 255, 255]);
  // The drawn shirt is blue.
  const [red = 0, , blue = 0] = pixelAt(800, 800);
  expect(blue - red).toBeGreaterThan(40);
}

async function lookAtHistory(phone: Phone): Promise<void> {
  await phone.tap('page-back');
  await phone.see('recent-item-0');
  await phone.shoot('14-workspace-member');
  await phone.openTab('历史');
  await phone.read('history-item-0', '已完成');
  await phone.shoot('15-history');
}

async function lookAtStatement(phone: Phone): Promise<void> {
  await phone.openTab('我的');
  await phone.read('me-phone', '138****');
  await phone.shoot('16-me');
  await phone.tap('me-statement');
  await phone.read('statement-item-0', '已扣除');
  await phone.read('statement-item-1', '−1');
  await phone.read('statement-item-2', '+100');
  await phone.shoot('17-statement');
}

async function leave(phone: Phone): Promise<void> {
  await phone.tap('page-back');
  await phone.tap('me-logout');
  const yes = phone.page().getByText('退出', { exact: true });
  await yes.waitFor();
  await phone.shoot('18-log-out');
  await yes.tap();
  await phone.see('me-login');
  await phone.shoot('19-me-guest');
}
