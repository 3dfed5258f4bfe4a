'use strict';

/*
 * The `wx` object of a phone: every call is recorded, what a test scripts is used, the rest answers `:ok`. Taro reads
 * `Object.keys(wx)` and `wx.hasOwnProperty`, so this is a plain object and not a Proxy.
 */

const names = (text) => text.trim().split(/\s+/);

const knownApis = names(`
  request uploadFile downloadFile login checkSession requestPayment chooseMedia chooseImage previewImage
  saveImageToPhotosAlbum getImageInfo compressImage showToast hideToast showModal showLoading hideLoading
  showActionSheet setNavigationBarTitle setNavigationBarColor stopPullDownRefresh startPullDownRefresh pageScrollTo
  setClipboardData getClipboardData getPrivacySetting requirePrivacyAuthorize openPrivacyContract getSetting
  openSetting authorize getNetworkType createIntersectionObserver createAnimation createCanvasContext
  setBackgroundColor setBackgroundTextStyle base64ToArrayBuffer arrayBufferToBase64 hideKeyboard
`);

const synchronous = new Set(
  names(`
  canIUse nextTick createSelectorQuery getUpdateManager getWindowInfo getDeviceInfo getAppBaseInfo
  getMenuButtonBoundingClientRect createIntersectionObserver createAnimation createCanvasContext base64ToArrayBuffer
  arrayBufferToBase64
`),
);

/** These answer a task object at once, also when they get no callback. */
const transfers = new Set(['request', 'uploadFile', 'downloadFile']);

const events = names('NetworkStatusChange ThemeChange AppShow AppHide Error UnhandledRejection PageNotFound');

const system = {
  brand: 'devtools',
  model: 'iPhone 12',
  pixelRatio: 3,
  screenWidth: 390,
  screenHeight: 844,
  windowWidth: 390,
  windowHeight: 753,
  statusBarHeight: 47,
  language: 'zh_CN',
  version: '8.0.60',
  system: 'iOS 17.0',
  platform: 'ios',
  SDKVersion: '3.8.10',
  fontSizeSetting: 16,
  theme: 'light',
  safeArea: { left: 0, right: 390, top: 47, bottom: 810, width: 390, height: 763 },
};

const copy = (value) => (value === undefined ? value : JSON.parse(JSON.stringify(value)));
const later = (act) => setTimeout(act, 0);

/** Calls a WeChat API's callbacks the way WeChat does: afterwards, `complete` last. */
function respond(api, options, answer = {}) {
  const result = { errMsg: `${api}:ok`, ...answer };
  later(() => {
    options?.success?.(result);
    options?.complete?.(result);
  });
}

function fail(api, options, reason) {
  const result = { errMsg: `${api}:fail ${reason}` };
  later(() => {
    options?.fail?.(result);
    options?.complete?.(result);
  });
}

function storageApis(storage) {
  return {
    setStorageSync: (key, value) => void storage.set(key, copy(value)),
    getStorageSync: (key) => (storage.has(key) ? copy(storage.get(key)) : ''),
    removeStorageSync: (key) => void storage.delete(key),
    getStorageInfoSync: () => ({ keys: [...storage.keys()], currentSize: 0, limitSize: 10240 }),
    setStorage: (options) => {
      storage.set(options.key, copy(options.data));
      respond('setStorage', options);
    },
    getStorage: (options) =>
      storage.has(options.key)
        ? respond('getStorage', options, { data: copy(storage.get(options.key)) })
        : fail('getStorage', options, 'data not found'),
    removeStorage: (options) => {
      storage.delete(options.key);
      respond('removeStorage', options);
    },
  };
}

function selectorQuery(rectOf) {
  let told = null;
  const query = {
    select: () => query,
    selectAll: () => query,
    in: () => query,
    fields: () => query,
    boundingClientRect: (callback) => {
      told = callback;
      return query;
    },
    exec: (callback) =>
      later(() => {
        told?.(rectOf());
        callback?.([rectOf()]);
      }),
  };
  return query;
}

function deviceApis(launchOptions) {
  const rectOf = () => ({ left: 0, top: 0, width: system.windowWidth, height: system.windowWidth });
  const manager = { onCheckForUpdate() {}, onUpdateReady() {}, onUpdateFailed() {}, applyUpdate() {} };
  return {
    canIUse: () => true,
    nextTick: later,
    getSystemInfoSync: () => system,
    getSystemInfo: (options) => respond('getSystemInfo', options, system),
    getWindowInfo: () => system,
    getDeviceInfo: () => system,
    getAppBaseInfo: () => system,
    getMenuButtonBoundingClientRect: () => ({ width: 87, height: 32, top: 51, right: 383, bottom: 83, left: 296 }),
    getAccountInfoSync: () => ({ miniProgram: { appId: 'touristappid', envVersion: 'develop', version: '' } }),
    getLaunchOptionsSync: launchOptions,
    getEnterOptionsSync: launchOptions,
    getUpdateManager: () => manager,
    getNetworkType: (options) => respond('getNetworkType', options, { networkType: 'wifi' }),
    createSelectorQuery: () => selectorQuery(rectOf),
  };
}

/**
 * Builds `wx`. `scripted` holds the test's own answers by API name; `pages` the navigation of the harness.
 * Answers the object itself, the record of calls, the storage, and a way to raise an event.
 */
function createWx({ scripted, pages, launchOptions, storage }) {
  const calls = [];
  const listeners = new Map();
  const implemented = { ...deviceApis(launchOptions), ...storageApis(storage), ...pages };
  const wx = { env: { USER_DATA_PATH: 'http://usr' }, cloud: undefined };

  function define(api) {
    const act = scripted[api] ?? implemented[api];
    const isSynchronous = api.endsWith('Sync') || synchronous.has(api);

    wx[api] = (...args) => {
      calls.push({ api, args });
      const run = (options) => (act ? act(options, ...args.slice(1)) : respond(api, options));
      const [options] = args;
      const hasCallback = options?.success || options?.fail || options?.complete;
      const isObject = options === undefined || (typeof options === 'object' && options !== null);
      // Since 2.10.2 an asynchronous API without a callback answers a promise.
      if (!isSynchronous && !transfers.has(api) && isObject && !hasCallback) {
        return new Promise((resolve, reject) => run({ ...options, success: resolve, fail: reject }));
      }
      return run(options);
    };
  }

  for (const api of new Set([...knownApis, ...Object.keys(implemented), ...Object.keys(scripted)])) define(api);
  for (const event of events) {
    wx[`on${event}`] = (listener) => listeners.set(event, [...(listeners.get(event) ?? []), listener]);
    wx[`off${event}`] = (listener) =>
      listeners.set(
        event,
        (listeners.get(event) ?? []).filter((each) => each !== listener),
      );
  }

  const raise = (event, detail) => (listeners.get(event) ?? []).forEach((listener) => listener(detail));
  return { wx, calls, raise };
}

module.exports = { copy, createWx, fail, later, respond };
