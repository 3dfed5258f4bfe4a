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
const page = '/subpackages/task/poses/index?id=set_1';

const frame = (index) => ({
  url: `/api/media/files/result/set_1/frame-${index}.jpg?sign=a`,
  thumbnailUrl: `/api/media/files/result/set_1/small-${index}.jpg?sign=a`,
  width: 1152,
  height: 1536,
  byteLength: 300_000,
  contentType: 'image/jpeg',
  role: 'frame',
});

const setOf = (status, frameCount) => ({
  id: 'set_1',
  type: 'model_pose12',
  status,
  params: { scene: 'street', category: 'dress', model: 'woman', body: 'average', shouldNotify: true },
  input: { mediaId: 'media_1', url: '/api/media/files/in.jpg' },
  results: Array.from({ length: frameCount }, (_, index) => frame(index)),
  progress: 40,
  queuePosition: null,
  estimate: { lowSeconds: 190, highSeconds: 350 },
  measures: null,
  errorCode: null,
  errorReason: null,
  quotaEffect: status === 'succeeded' ? 'captured' : 'held',
  retryOf: null,
  createdAt: soon,
  updatedAt: soon,
  finishedAt: status === 'succeeded' ? soon : null,
});

let app = null;

/** A phone in front of a server whose set is as `tell()` says; `wx` scripts more of the phone. */
function start({ tell, wx = {}, storage = new Map([['session', session]]) }) {
  app?.kill();
  app = createWeapp({
    dist,
    storage,
    wx: {
      request(options) {
        const answers = { '/api/tasks/set_1': tell, '/api/tools': () => ({ items: [], messageTemplateId: null }) };
        const answer = answers[options.url.replace(/^https?:\/\/[^/]+/, '')];
        if (answer) respond('request', options, { statusCode: 200, header: {}, data: answer() });
        else respond('request', options, { statusCode: 503, header: {}, data: '' });
      },
      downloadFile(options) {
        respond('downloadFile', options, { statusCode: 200, tempFilePath: `wxfile://${path.basename(options.url)}` });
        return { onProgressUpdate() {}, abort() {} };
      },
      showModal: (options) => respond('showModal', options, { confirm: true, cancel: false }),
      ...wx,
    },
  });
  app.launch(page);
  return app;
}

const savedPlaces = () =>
  app.callsOf('saveImageToPhotosAlbum').map(({ filePath }) => Number(/frame-(\d+)/.exec(filePath)[1]));

built('a set of twelve in the package for WeChat', () => {
  afterEach(() => {
    const { errors = [] } = app ?? {};
    app?.kill();
    app = null;
    expect(errors).toEqual([]);
  });

  it('shows what is being made, each frame as it comes, and then the whole set', async () => {
    const states = [setOf('running', 0), setOf('saving', 3), setOf('succeeded', 12)];
    start({ tell: () => (states.length > 1 ? states.shift() : states[0]) });

    await app.waitFor(() => app.text().includes('约 3–6 分钟'));
    expect(app.text()).toContain('微信会通知您');
    await app.waitForId('poses-frame-2');
    expect(app.text()).toContain('正在收图 3/12');
    await app.waitForId('poses-save-all');

    expect(app.find('poses-frame-11')).not.toBeNull();
    expect(app.setDatas.find(({ route }) => route.includes('poses')).bytes).toBeLessThan(4 * kilobyte);
    expect(Math.max(...app.setDatas.map(({ bytes }) => bytes))).toBeLessThan(32 * kilobyte);
  });

  it('saves all twelve: refused, allowed in the settings, killed and opened again, and none twice', async () => {
    let isAllowed = false;
    let isHanging = false;
    const storage = new Map([['session', session]]);
    const phone = {
      saveImageToPhotosAlbum(options) {
        if (!isAllowed) return fail('saveImageToPhotosAlbum', options, 'auth deny');
        if (!isHanging) respond('saveImageToPhotosAlbum', options);
      },
      openSetting(options) {
        isAllowed = true;
        respond('openSetting', options, { authSetting: { 'scope.writePhotosAlbum': true } });
      },
      downloadFile(options) {
        isHanging = options.url.includes('frame-5') && !storage.has('killed');
        respond('downloadFile', options, { statusCode: 200, tempFilePath: `wxfile://${path.basename(options.url)}` });
        return { onProgressUpdate() {}, abort() {} };
      },
    };
    start({ tell: () => setOf('succeeded', 12), wx: phone, storage });
    await app.waitForId('poses-save-all');
    app.tap('poses-save-all');
    await app.waitForId('poses-settings');
    app.tap('poses-settings');
    await app.waitFor(() => app.textOf('poses-save-progress') === '正在保存 5/12');

    storage.set('killed', true);
    start({ tell: () => setOf('succeeded', 12), wx: phone, storage });
    await app.waitFor(() => app.textOf('poses-save-all') === '保存剩下 7 张到相册');
    app.tap('poses-save-all');
    await app.waitForId('poses-saved');

    expect(savedPlaces()).toEqual([5, 6, 7, 8, 9, 10, 11]);
  });

  it('opens a frame large, swipes on, picks it there, and zooms by WeChat’s own viewer', async () => {
    start({ tell: () => setOf('succeeded', 12) });
    await app.waitForId('poses-frame-4');
    app.tap('poses-frame-4');
    await app.waitFor(() => app.textOf('poses-viewer-place') === '5 / 12');

    const swiper = app.find((node) => node.tag === 'swiper');
    expect(swiper.attrs.current).toBe(4);
    app.fire(swiper.attrs.id, 'change', { current: 5, source: 'touch' });
    await app.waitFor(() => app.textOf('poses-viewer-place') === '6 / 12');
    app.tap('poses-viewer-pick');
    await app.waitFor(() => app.get('poses-viewer-pick').attrs['aria-checked'] === 'true');
    app.tap('poses-viewer-picture-5');
    await app.waitFor(() => app.callsOf('previewImage').length === 1);

    expect(app.callsOf('previewImage')[0].urls).toHaveLength(12);
    expect(app.callsOf('previewImage')[0].current).toContain('frame-5.jpg');
    expect(app.callsOf('request').filter(({ url }) => url.includes('/api/tasks/'))).toHaveLength(1);
  });
});
