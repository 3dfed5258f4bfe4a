import { errorCatalogue, taskFailureCatalogue, type SessionDto } from '@suyi/shared-types';
import type { Route } from 'playwright-core';
import type { ChosenFile, Phone } from './phone';
import { signInByCode } from './sign-in';
import { useWorld } from './world';

const world = useWorld();
const nothingSpent = { remaining: 100, held: 0, entries: ['grant 100'] };
const onePictureMade = { remaining: 99, held: 0, entries: ['grant 100', 'hold 1', 'capture 1'] };

/** A member's phone with the page for making a picture open. */
async function openMaking(session: SessionDto): Promise<Phone> {
  const phone = await world.phone(session);
  await phone.tap('tool-basic-clean');
  await phone.see('clean-empty');
  return phone;
}

async function openWithGarment(session: SessionDto): Promise<Phone> {
  const phone = await openMaking(session);
  await phone.choosePhoto(world.garment);
  await phone.see('clean-preview');
  return phone;
}

describe('paying', () => {
  it('grants nothing for a payment that was abandoned, and grants once when it is then paid', async () => {
    const session = await world.product.signIn(world.product.newNumber());
    const phone = await world.phone(session);
    await phone.tap('summary-buy');
    await phone.tap('plan-pay');
    await phone.page().getByRole('button', { name: '取消' }).tap();

    await phone.read('payment-unpaid', '没有收到付款');
    await phone.shoot('20-unpaid');
    expect(await world.product.usesOf(session)).toEqual({ remaining: 0, held: 0, entries: [] });

    await phone.tap('plan-pay');
    await phone.page().getByRole('button', { name: '确认支付' }).tap();

    await phone.read('payment-paid', '支付成功');
    expect(await world.product.usesOf(session)).toEqual(nothingSpent);
  });
});

describe('a refund', () => {
  it('is told of on the order, beside the membership and in the statement, as it is', async () => {
    const session = await world.product.newMember();
    await world.product.refundAtConsole(session);
    const phone = await world.phone(session);

    await phone.read('summary-uses', '0');
    await phone.tap('summary-buy');
    await phone.read('plan-orders', '已退款');
    await phone.tap('plan-orders');
    await phone.read('orders-item-0', '¥99 已原路退回');
    await phone.shoot('27-order-refunded');

    await phone.tap('page-back');
    await phone.tap('page-back');
    await phone.openTab('我的');
    await phone.tap('me-statement');
    await phone.read('statement-item-0', '收回未用的 100 次，会员到期时间提前');
    await phone.read('statement-item-0', '−100');
    await phone.read('statement-item-0', '退款单号');
    await phone.read('statement-item-2', '+100');
    await phone.shoot('28-statement-refunded');
    expect(await world.product.usesOf(session)).toEqual({
      remaining: 0,
      held: 0,
      entries: ['grant 100', 'clawback 100', 'clawback 0'],
    });
  });
});

describe('making a picture', () => {
  it('makes one picture of two quick taps on start', async () => {
    const session = await world.product.newMember();
    const phone = await openWithGarment(session);
    const start = await phone.see('clean-start');

    await start.evaluate((button: HTMLElement) => {
      button.click();
      button.click();
    });

    await phone.read('result-status', '已完成');
    expect(await world.product.tasksOf(session)).toHaveLength(1);
    expect(await world.product.usesOf(session)).toEqual(onePictureMade);
  });

  it.each<[string, (route: Route) => Promise<unknown>]>([
    ['before the server heard of it', async () => undefined],
    ['after the server answered', (route) => route.fetch()],
  ])('finds the picture again when the page is killed in mid-POST, %s, and takes one use', async (_when, pass) => {
    const session = await world.product.newMember();
    const phone = await openWithGarment(session);
    const posted = new Promise<void>((resolve, reject) => {
      // The answer, if there is one, never reaches the page.
      const hold = (route: Route) => pass(route).then(() => resolve(), reject);
      void phone.context.route('**/api/tasks', hold, { times: 1 });
    });
    await phone.tap('clean-start');
    await posted;

    await phone.reopen();
    await phone.read('resume-card', '不会重复扣除次数');
    await phone.shoot('21-resume');
    await phone.tap('resume-open');

    await phone.read('result-status', '已完成');
    expect(await world.product.tasksOf(session)).toHaveLength(1);
    expect(await world.product.usesOf(session)).toEqual(onePictureMade);
  });

  it('says why a photo without a garment fails, gives the use back, and lets it be deleted', async () => {
    const session = await world.product.newMember();
    const phone = await openMaking(session);
    await phone.choosePhoto(world.noGarment);
    await phone.tap('clean-start');

    await phone.read('task-broken-off', taskFailureCatalogue.garment_not_found);
    await phone.read('result-effect', '次数已退回');
    await phone.shoot('22-no-garment');
    expect(await world.product.usesOf(session)).toEqual({
      remaining: 100,
      held: 0,
      entries: ['grant 100', 'hold 1', 'release 1'],
    });

    await phone.tap('task-delete');
    await phone.page().getByText('删除', { exact: true }).tap();
    await phone.page().getByText('还没有作品').waitFor();
    expect(await world.product.tasksOf(session)).toEqual([]);
  });
});

describe('a file that is no photo', () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="1200"><rect width="900" height="1200"/></svg>';
  const file = (name: string, type: string, bytes: string | Buffer): ChosenFile => ({
    name,
    type,
    bytes: Buffer.from(bytes),
  });

  it('is refused with its reason before anything is sent', async () => {
    const cases: [ChosenFile, keyof typeof errorCatalogue][] = [
      [file('empty.jpg', 'image/jpeg', ''), 'media_empty'],
      [file('letter.txt', 'text/plain', '你好'), 'media_unsupported_type'],
      [file('letter.jpg', 'image/jpeg', '你好'), 'media_unreadable'],
      [file('drawing.svg', 'image/svg+xml', svg), 'media_unsupported_type'],
      [file('IMG_0001.HEIC', 'image/heic', '....ftypheic'), 'media_heic_unsupported'],
      // What a browser says of the same file when its system does not know the name.
      [file('IMG_0002.HEIC', '', '....ftypheic'), 'media_heic_unsupported'],
    ];
    const session = await world.product.newMember();
    const phone = await openMaking(session);
    const sent: string[] = [];
    phone.context.on('request', (request) => {
      if (request.method() === 'POST') sent.push(request.url());
    });

    for (const [chosen, code] of cases) {
      await phone.choosePhoto(chosen);
      await phone.read('clean-refusal', errorCatalogue[code][1]);
      expect(await (await phone.see('clean-start')).getAttribute('aria-disabled')).toBe('true');
    }
    await phone.shoot('23-refused-file');

    expect(sent).toEqual([]);
    expect(await world.product.usesOf(session)).toEqual(nothingSpent);
  });

  it('is refused by the server when only its bytes tell, and costs nothing', async () => {
    const session = await world.product.newMember();
    const phone = await openMaking(session);
    phone.expectTrouble(/status of 422.*\/complete/);
    // Half a photo: a browser shows it, and could be made to say that all is well.
    await phone.choosePhoto({ ...world.garment, bytes: world.garment.bytes.subarray(0, 40_000) });
    await phone.tap('clean-start');

    await phone.read('clean-stopped', errorCatalogue.media_unreadable[1]);
    await phone.read('clean-stopped', '没有扣除次数');
    await phone.shoot('24-refused-by-server');
    expect(await world.product.tasksOf(session)).toEqual([]);
    expect(await world.product.usesOf(session)).toEqual(nothingSpent);
  });
});

describe('when things are gone', () => {
  it('says that the network is gone, and goes on when it is back', async () => {
    const session = await world.product.newMember();
    const phone = await openWithGarment(session);
    phone.expectTrouble(/ERR_INTERNET_DISCONNECTED/);

    await phone.context.setOffline(true);
    await phone.see('offline-banner');
    await phone.tap('clean-start');
    await phone.read('clean-stopped', '网络未连接');
    await phone.shoot('25-offline');

    await phone.context.setOffline(false);
    await phone.page().locator('#offline-banner:visible').first().waitFor({ state: 'hidden' });
    await phone.tap('clean-retry');

    await phone.read('result-status', '已完成');
    expect(await world.product.usesOf(session)).toEqual(onePictureMade);
  });

  it('asks to sign in when the token was revoked elsewhere, and comes back to the same page', async () => {
    const number = world.product.newNumber();
    const session = await world.product.signIn(number);
    const phone = await world.phone(session);
    await phone.openTab('历史');
    await phone.see('history-start');
    await world.product.logOut(session);
    phone.expectTrouble(/status of 401/);

    await phone.tap('history-filter-failed');
    await phone.see('login-phone');
    await phone.read('login-ended', '请重新登录');
    await phone.shoot('26-signed-out');
    await signInByCode(phone, number);

    await phone.read('history-filter-failed', '失败');
    expect((await phone.session()).user.id).toBe(session.user.id);
    expect(await (await phone.see('history-filter-failed')).getAttribute('aria-selected')).toBe('true');
  });
});
