'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const sharp = require('sharp');
const { drawGarmentPhoto } = require('../../../server/test/draw.ts');
const { startProduct } = require('../product.ts');
const { createPhone } = require('./phone.cjs');

jest.setTimeout(60_000);

const dist = path.join(__dirname, '../../dist');
const firstChangeBytesMax = 32 * 1024;

let product;
let folder;
let photo;
let people = 0;
let phones = [];

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'suyi-phone-'));
  photo = { path: path.join(folder, 'shirt.jpg'), width: 900, height: 1200 };
  const { width, height } = photo;
  fs.writeFileSync(photo.path, await drawGarmentPhoto({ width, height }));
  product = await startProduct();
});

afterEach(() => {
  const errors = phones.flatMap((phone) => phone.errors);
  phones.forEach((phone) => phone.kill());
  phones = [];
  expect(errors).toEqual([]);
});

afterAll(async () => {
  await product?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const newPerson = () => `seller${(people += 1)}`;

/** A phone of this person, with the program launched on it. */
function launch(person, options = {}) {
  const phone = createPhone({ dist, product, folder, person, photo, storage: new Map(), ...options });
  phones.push(phone);
  phone.launch();
  return phone;
}

/** A phone on which a seller with a hundred uses signed in earlier. */
async function launchAsMember(options) {
  const session = await product.newMember();
  const storage = new Map([['session', session]]);
  const phone = launch(newPerson(), { storage, ...options });
  await phone.waitFor(() => phone.textOf('summary-uses') === '100');
  return { phone, session, storage };
}

const isReady = (phone, id) => phone.find(id)?.attrs['aria-disabled'] === 'false';
const sessionOf = (phone) => phone.storage.get('session');

async function tapWhenReady(phone, id) {
  await phone.waitFor(() => isReady(phone, id));
  phone.tap(id);
}

async function agree(phone) {
  await phone.waitForId('login-phone');
  phone.tap('login-consent');
  await phone.waitFor(() => phone.get('login-consent').attrs['aria-checked'] === 'true');
}

async function isOnWorkspace(phone) {
  await phone.waitFor(() => phone.current().route === 'pages/workspace/index' && phone.find('summary-uses'));
}

async function choosePhotoAndStart(phone) {
  phone.tap('tool-basic-clean');
  await phone.waitForId('clean-choose');
  phone.tap('clean-choose');
  await phone.waitForId('clean-preview');
  await tapWhenReady(phone, 'clean-start');
}

it('takes a seller from the first launch to a saved picture, by WeChat’s phone number button', async () => {
  const number = product.newNumber();
  const phone = launch(newPerson());
  await phone.waitForId('summary-login');
  phone.tap('summary-login');
  await agree(phone);
  phone.fire('login-wechat', 'getphonenumber', { code: `phone-${number}.first`, errMsg: 'getPhoneNumber:ok' });
  await isOnWorkspace(phone);

  await phone.waitFor(() => phone.textOf('summary-uses') === '0');
  phone.tap('summary-buy');
  await tapWhenReady(phone, 'plan-pay');
  await phone.waitForId('payment-paid');
  phone.tap('payment-start');
  await phone.waitFor(() => phone.textOf('summary-uses') === '100');

  await choosePhotoAndStart(phone);
  await phone.waitForId('clean-save');
  expect(phone.textOf('result-status')).toContain('已完成');
  expect(phone.textOf('result-measures')).toMatch(/纯白 (100|99\.\d\d) %/);
  phone.tap('clean-save');
  await phone.waitFor(() => phone.callsOf('saveImageToPhotosAlbum').length === 1);
  const saved = await sharp(phone.callsOf('saveImageToPhotosAlbum')[0].filePath).metadata();
  expect(saved).toMatchObject({ format: 'jpeg', width: 1600, height: 1600 });

  phone.switchTab('pages/history/index');
  await phone.waitFor(() => phone.textOf('history-item-0')?.includes('已完成'));
  expect(await product.usesOf(sessionOf(phone))).toEqual({
    remaining: 99,
    held: 0,
    entries: ['grant 100', 'hold 1', 'capture 1'],
  });
  expect(overweightFirstChanges(phone)).toEqual([]);
});

/** What the first setData of each page weighs, where that is more than a phone takes at once. */
function overweightFirstChanges({ setDatas }) {
  const firsts = new Map([...setDatas].reverse().map(({ route, bytes }) => [route, bytes]));
  expect(firsts.size).toBeGreaterThanOrEqual(6);
  return [...firsts].filter(([, bytes]) => bytes > firstChangeBytesMax);
}

it('knows a seller who came by a code from SMS again when they come by WeChat', async () => {
  const number = product.newNumber();
  const person = newPerson();
  const phone = launch(person);
  await phone.waitForId('summary-login');
  phone.tap('summary-login');
  await agree(phone);
  phone.input('login-phone', number);
  await phone.waitFor(() => phone.get('login-phone').attrs.value === number);
  phone.tap('login-send');
  await phone.waitForId('login-code-hint');
  phone.input('login-code', `【素衣】验证码 ${await product.codeFor(number)}，5 分钟内有效`);
  phone.tap('login-submit');
  await isOnWorkspace(phone);
  expect(sessionOf(phone).user).toMatchObject({ hasWechat: true, phoneMasked: `138****${number.slice(-4)}` });

  const another = launch(person);
  await another.waitForId('summary-login');
  another.tap('summary-login');
  await agree(another);
  another.tap('login-wechat-only');
  await isOnWorkspace(another);

  expect(sessionOf(another).user.id).toBe(sessionOf(phone).user.id);
});

it('grants nothing when the seller turns away from paying, and grants when they pay after all', async () => {
  const session = await product.signIn(product.newNumber());
  let isWilling = false;
  const phone = launch(newPerson(), { storage: new Map([['session', session]]), pays: () => isWilling });
  await phone.waitForId('summary-buy');
  phone.tap('summary-buy');
  await tapWhenReady(phone, 'plan-pay');
  await phone.waitForId('payment-unpaid');
  expect(await product.usesOf(session)).toEqual({ remaining: 0, held: 0, entries: [] });

  isWilling = true;
  await tapWhenReady(phone, 'plan-pay');
  await phone.waitForId('payment-paid');
  expect(await product.usesOf(session)).toEqual({ remaining: 100, held: 0, entries: ['grant 100'] });
});

it.each(['before', 'after'])(
  'finds the task again when the program is killed %s its post, and takes one use',
  async (moment) => {
    const killAt = (method, where) => (method === 'POST' && where === '/api/tasks' ? moment : null);
    const { phone, session, storage } = await launchAsMember({ killAt });
    await choosePhotoAndStart(phone);
    await phone.killed;

    const again = launch(newPerson(), { storage });
    await again.waitForId('resume-open');
    again.tap('resume-open');
    await again.waitForId('clean-save');

    expect(await product.tasksOf(session)).toHaveLength(1);
    expect(await product.usesOf(session)).toEqual({
      remaining: 99,
      held: 0,
      entries: ['grant 100', 'hold 1', 'capture 1'],
    });
  },
);

it('takes a set of twelve from the choice to the album, though the program is killed while it is made', async () => {
  await product.turnPoses({ paceMs: 2_500 });
  const { phone, session, storage } = await launchAsMember({});
  await phone.waitForId('tool-model-pose12');
  phone.tap('tool-model-pose12');
  await phone.waitForId('pose-choose');
  phone.tap('pose-choose');
  await phone.waitForId('pose-preview');
  phone.tap('pose-check');
  await phone.waitFor(() => phone.get('pose-check').attrs['aria-checked'] === 'true');
  phone.tap('pose-category-top');
  await phone.waitFor(() => phone.textOf('pose-start').startsWith('开始制作'));
  phone.tap('pose-start');
  await phone.waitForId('poses-progress');
  expect(phone.callsOf('requestSubscribeMessage')).toHaveLength(1);
  phone.kill();

  const again = launch(newPerson(), { storage });
  await again.waitForId('resume-pose-open');
  again.tap('resume-pose-open');
  await again.waitForId('poses-save-all', 40_000);
  await again.waitForId('poses-frame-11');
  again.tap('poses-save-all');
  await again.waitForId('poses-saved');

  const saved = again.callsOf('saveImageToPhotosAlbum');
  expect(saved).toHaveLength(12);
  expect(new Set(saved.map(({ filePath }) => filePath)).size).toBe(12);
  for (const { filePath } of saved) expect((await sharp(filePath).metadata()).xmp?.toString()).toContain('TC260');
  expect(await product.usesOf(session)).toEqual({
    remaining: 99,
    held: 0,
    entries: ['grant 100', 'hold 1', 'capture 1'],
  });
  const [task] = await product.tasksOf(session);
  expect(task.params.shouldNotify).toBe(true);
});
