'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { createWeapp, fail, respond } = require('./harness.cjs');

const dist = path.join(__dirname, '../../dist');
const kilobyte = 1024;

// Without the build there is nothing to run; the skip shows in the report, and the full run builds first.
const built = fs.existsSync(path.join(dist, 'app.json')) ? describe : describe.skip;

const soon = new Date(Date.now() + 86_400_000).toISOString();
const user = { id: 'user_1', phoneMasked: '138****8000', hasWechat: true, createdAt: soon };
const session = { token: 'token', expiresAt: soon, user };
const plan = { id: 'month', name: '月度会员', priceFen: 9900, uses: 100, days: 30, channels: ['wechat_jsapi'] };
const order = {
  id: 'order_1',
  status: 'awaiting',
  channel: 'wechat_jsapi',
  planId: 'month',
  planName: '月度会员',
  priceFen: 9900,
  uses: 100,
  days: 30,
  createdAt: soon,
  payBefore: soon,
  paidAt: null,
  refundedFen: 0,
};
const member = { isMember: true, quotaRemaining: 87, quotaHeld: 0, quotaExpireAt: soon, graceUntil: null, plan };

const choice = (name, label, ...values) => ({
  name,
  label,
  options: values.map((value) => ({ value, label: value })),
  default: values[0],
});
const tool = (type, choices) => ({
  type,
  price: 1,
  isOpen: true,
  pausedReason: null,
  retryAfterSeconds: null,
  waiting: 0,
  estimate: null,
  choices,
});
const tools = {
  items: [
    tool('basic_clean', []),
    tool('model_pose12', [
      choice('scene', '场景', 'studio', 'street', 'indoor', 'cafe', 'garden', 'beach'),
      choice('category', '品类', 'top', 'dress', 'coat', 'hoodie', 'knitwear', 'trousers', 'skirt', 'shoes'),
      choice('model', '模特', 'woman', 'man'),
      choice('body', '身材', 'slim', 'average', 'plus'),
    ]),
  ],
  messageTemplateId: 'template_1',
};

function task(status, changes = {}) {
  const isDone = status === 'succeeded';
  const file = { width: 1600, height: 1600, byteLength: 200_000, contentType: 'image/jpeg' };
  const measures = {
    framePurity: 1,
    backgroundPurity: 1,
    fill: 0.85,
    centreOffset: 0,
    colourDelta: 0.3,
    confidence: 1,
    flags: [],
  };
  return {
    id: 'task_1',
    type: 'basic_clean',
    status,
    params: {},
    input: { mediaId: 'media_1', url: '/api/media/files/in.jpg' },
    results: isDone ? [{ url: '/api/media/files/out.jpg', role: 'main', thumbnailUrl: null, ...file }] : [],
    progress: isDone ? 100 : 0,
    queuePosition: null,
    estimate: null,
    measures: isDone ? measures : null,
    errorCode: null,
    errorReason: null,
    quotaEffect: isDone ? 'captured' : 'held',
    retryOf: null,
    createdAt: soon,
    updatedAt: soon,
    finishedAt: isDone ? soon : null,
    ...changes,
  };
}

/** The server, by `METHOD /path`; a test changes single answers. */
function answers(changes = {}) {
  return {
    'POST /api/auth/send-code': [200, { resendAfterSeconds: 60, expiresInSeconds: 300 }],
    'POST /api/auth/login': [200, session],
    'POST /api/auth/wechat': [200, session],
    'GET /api/membership': [200, member],
    'GET /api/membership/plans': [200, { items: [plan] }],
    'GET /api/membership/orders': [200, { items: [order], nextCursor: null }],
    'POST /api/membership/orders': [
      201,
      { order, payment: { timeStamp: '1', nonceStr: 'n', package: 'prepay_id=wx1', signType: 'RSA', paySign: 's' } },
    ],
    'POST /api/membership/orders/order_1/confirm': [200, { ...order, status: 'paid', paidAt: soon, isCertain: true }],
    'GET /api/tools': [200, tools],
    'GET /api/tasks': [200, { items: [task('succeeded')], nextCursor: null }],
    'GET /api/tasks/task_1': [200, task('succeeded')],
    'POST /api/tasks': [200, task('succeeded')],
    'POST /api/media/uploads': [
      201,
      {
        mediaId: 'media_1',
        upload: { url: '/api/media/form', fields: { key: 'k' }, fileField: 'file', expiresAt: soon },
      },
    ],
    'POST /api/media/uploads/media_1/complete': [
      200,
      {
        id: 'media_1',
        status: 'ready',
        contentType: 'image/jpeg',
        byteLength: 9,
        width: 1200,
        height: 1600,
        url: null,
        createdAt: soon,
      },
    ],
    ...changes,
  };
}

let app = null;

function start({ url, server = {}, wx = {}, storage = new Map(), isSignedIn = true } = {}) {
  const table = answers(server);
  if (isSignedIn && !storage.has('session')) storage.set('session', session);
  app?.kill();
  app = createWeapp({
    dist,
    storage,
    wx: {
      request(options) {
        const where = `${options.method} ${options.url.replace(/^https?:\/\/[^/]+/, '').split('?')[0]}`;
        const answer = table[where];
        if (!answer) return fail('request', options, `nobody expected ${where}`);
        respond('request', options, { statusCode: answer[0], header: {}, data: answer[1] });
      },
      uploadFile(options) {
        respond('uploadFile', options, { statusCode: 204, data: '' });
        return { onProgressUpdate: (listener) => listener({ progress: 100 }), abort() {} };
      },
      login: (options) => respond('login', options, { code: 'wx-code' }),
      chooseMedia: (options) =>
        respond('chooseMedia', options, { tempFiles: [{ tempFilePath: 'wxfile://a', size: 2_000_000 }] }),
      getImageInfo: (options) =>
        respond('getImageInfo', options, { width: 3000, height: 4000, type: 'jpeg', orientation: 'up' }),
      downloadFile(options) {
        respond('downloadFile', options, { statusCode: 200, tempFilePath: 'wxfile://saved.jpg' });
        return { onProgressUpdate() {}, abort() {} };
      },
      showModal: (options) => respond('showModal', options, { confirm: true, cancel: false }),
      ...wx,
    },
  });
  app.launch(url);
  return app;
}

const requestsTo = (suffix) => app.callsOf('request').filter(({ url }) => url.endsWith(suffix));

built('the package for WeChat', () => {
  afterEach(() => {
    const { errors = [] } = app ?? {};
    app?.kill();
    app = null;
    expect(errors).toEqual([]);
  });

  it('shows a guest the workspace, and opens the login page over it', async () => {
    start({ isSignedIn: false });
    await app.waitForId('summary-login');

    app.tap('tool-basic-clean');
    await app.waitForId('login-phone');

    expect(app.text()).toContain('我已阅读并同意');
    expect(app.callsOf('request')).toEqual([]);
  });

  it('signs in by phone and comes back to where the seller was', async () => {
    start({ isSignedIn: false });
    await app.waitForId('summary-login');
    app.tap('summary-login');
    await app.waitForId('login-phone');

    app.input('login-phone', '13800138000');
    app.input('login-code', '【素衣】验证码 123456');
    app.tap('login-consent');
    await app.waitFor(() => app.get('login-consent').attrs['aria-checked'] === 'true');
    app.tap('login-submit');
    await app.waitFor(() => app.current().route === 'pages/workspace/index' && app.find('summary-uses'));

    expect(JSON.parse(requestsTo('/api/auth/login')[0].data)).toMatchObject({ code: '123456', wxCode: 'wx-code' });
    expect(app.text()).toContain('87');
  });

  it('hands WeChat’s phone number over only after consent', async () => {
    start({ isSignedIn: false, url: '/pages/login/index' });
    await app.waitForId('login-wechat');
    expect(app.get('login-wechat').attrs['open-type']).toBeFalsy();

    app.tap('login-consent');
    await app.waitFor(() => app.get('login-wechat').attrs['open-type'] === 'getPhoneNumber');
    app.fire('login-wechat', 'getphonenumber', { code: 'phone-code', errMsg: 'getPhoneNumber:ok' });
    await app.waitFor(() => app.current().route === 'pages/workspace/index');

    expect(JSON.parse(requestsTo('/api/auth/wechat')[0].data)).toEqual({ wxCode: 'wx-code', phoneCode: 'phone-code' });
  });

  it('makes a picture from the album and saves it', async () => {
    start({ url: '/subpackages/task/clean/index' });
    await app.waitForId('clean-choose');
    app.tap('clean-choose');
    await app.waitForId('clean-preview');

    app.tap('clean-start');
    await app.waitForId('clean-save');
    expect(app.text()).toContain('纯白 100 %');

    app.tap('clean-save');
    await app.waitFor(() => app.callsOf('saveImageToPhotosAlbum').length === 1);
    expect(app.callsOf('uploadFile')[0]).toMatchObject({ name: 'file', formData: { key: 'k' } });
    expect(requestsTo('/api/tasks')[0].header).toMatchObject({ Prefer: 'wait=15' });
  });

  it('asks for the message at the tap on start, and posts the twelve poses whatever the answer', async () => {
    const asked = [];
    start({
      url: '/subpackages/task/pose/index',
      server: { 'POST /api/tasks': [202, task('queued', { type: 'model_pose12' })] },
      wx: {
        requestSubscribeMessage(options) {
          asked.push(options.tmplIds);
          respond('requestSubscribeMessage', options, { template_1: 'accept' });
        },
      },
    });
    await app.waitForId('pose-scene-beach');
    app.tap('pose-choose');
    await app.waitForId('pose-preview');
    app.tap('pose-check');
    await app.waitFor(() => app.get('pose-check').attrs['aria-checked'] === 'true');
    app.tap('pose-category-dress');
    await app.waitFor(() => app.get('pose-category-dress').attrs['aria-checked'] === 'true');

    app.tap('pose-start');
    expect(asked).toEqual([['template_1']]);
    await app.waitFor(() => app.current().route === 'subpackages/task/poses/index');

    const post = requestsTo('/api/tasks').find(({ method }) => method === 'POST');
    expect(JSON.parse(post.data).params).toEqual({
      scene: 'studio',
      category: 'dress',
      model: 'woman',
      body: 'slim',
      shouldNotify: true,
    });
    expect(post.header.Prefer).toBeUndefined();
  });

  it('explains a refused album permission and opens its settings', async () => {
    start({
      url: '/subpackages/task/result/index?id=task_1',
      wx: {
        saveImageToPhotosAlbum: (options) => fail('saveImageToPhotosAlbum', options, 'auth deny'),
        openSetting: (options) => respond('openSetting', options, { authSetting: { 'scope.writePhotosAlbum': true } }),
      },
    });
    await app.waitForId('clean-save');

    app.tap('clean-save');
    await app.waitForId('save-trouble');

    expect(app.callsOf('openSetting')).toHaveLength(1);
    expect(app.text()).toContain('已开启权限');
  });

  it('moves the line between photo and picture by a single small change', async () => {
    start({ url: '/subpackages/task/result/index?id=task_1' });
    await app.waitForId('compare');
    const before = app.setDatas.length;

    app.fire('compare', 'touchstart', {}, { touches: [{ clientX: 78 }], changedTouches: [] });
    await app.waitFor(() => app.get('compare').attrs['aria-valuenow'] === '20');

    const changes = app.setDatas.slice(before);
    expect(changes.length).toBeLessThanOrEqual(2);
    expect(Math.max(...changes.map(({ bytes }) => bytes))).toBeLessThan(600);
  });

  it('finds a finished payment again after the program was killed while paying', async () => {
    const storage = new Map();
    start({ url: '/subpackages/membership/index/index', storage, wx: { requestPayment() {} } });
    await app.waitFor(() => app.find('plan-pay')?.attrs['aria-disabled'] === 'false');
    app.tap('plan-pay');
    await app.waitFor(() => storage.has('pending-order'));

    start({ storage });
    await app.waitFor(() => app.callsOf('showToast').some(({ title }) => title.includes('支付成功')));

    expect(storage.has('pending-order')).toBe(false);
  });

  it('finds an uploaded photo again and posts it under the same key', async () => {
    const storage = new Map();
    start({ url: '/subpackages/task/clean/index', storage, server: { 'POST /api/tasks': null } });
    await app.waitForId('clean-choose');
    app.tap('clean-choose');
    await app.waitForId('clean-preview');
    app.tap('clean-start');
    await app.waitFor(() => requestsTo('/api/tasks').length > 0);
    const key = requestsTo('/api/tasks')[0].header['Idempotency-Key'];

    start({ storage });
    await app.waitForId('resume-open');
    app.tap('resume-open');
    await app.waitForId('clean-save');

    const posts = app.callsOf('request').filter(({ method, url }) => method === 'POST' && url.endsWith('/api/tasks'));
    expect(posts.map(({ header }) => header['Idempotency-Key'])).toEqual([key]);
  });

  it('says that the network is gone', async () => {
    start();
    await app.waitForId('summary-uses');

    app.raise('NetworkStatusChange', { isConnected: false, networkType: 'none' });

    await app.waitForId('offline-banner');
  });

  it.each([
    ['pages/history/index', 'history-item-0'],
    ['pages/me/index', 'me-logout'],
    ['subpackages/account/orders/index', 'orders-pay-0'],
    ['subpackages/account/delete/index', 'delete-confirm'],
    ['subpackages/legal/agreement/index', null],
    ['subpackages/legal/privacy/index', null],
  ])('opens %s', async (route, id) => {
    start({ url: `/${route}` });

    await (id ? app.waitForId(id) : app.waitFor(() => app.text().length > 800));
  });

  it('speaks to a screen reader', async () => {
    start();
    const tool = await app.waitForId('tool-basic-clean');

    expect(tool.attrs).toMatchObject({ 'aria-role': 'button', 'aria-label': '白底主图，每张 1 次，约 3 秒' });
  });

  it('starts with little: 600 KB of main package, 32 KB in the first change of each page', async () => {
    for (const route of ['pages/workspace/index', 'pages/history/index', 'pages/me/index', 'pages/login/index']) {
      start({ url: `/${route}` });
      await app.waitFor(() => app.setDatas.length > 0);
      expect(app.setDatas[0].bytes).toBeLessThanOrEqual(32 * kilobyte);
    }

    const packages = (app.appJson.subPackages ?? []).map(({ root }) => path.join(dist, root));
    const files = fs.readdirSync(dist, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    const inMain = files
      .map((each) => path.join(each.parentPath ?? each.path, each.name))
      .filter((file) => !packages.some((root) => file.startsWith(root + path.sep)) && !file.endsWith('.LICENSE.txt'));
    const bytes = inMain.reduce((sum, file) => sum + fs.statSync(file).size, 0);
    expect(bytes).toBeLessThanOrEqual(600 * kilobyte);
  });
});
