'use strict';

/*
 * Runs the real package (`dist/` of the weapp build) in Node. Its scripts get what WeChat's app service has (wx, App,
 * Page, Component, getApp, require) and nothing of what it lacks: no window, no document, no eval, and a `Function`
 * that is WeChat's stub. It finds what neither the compiler nor H5 shows: a library that needs any of these.
 */

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { copy, createWx, fail, later, respond } = require('./wx.cjs');
const { dispatch, textOf, treeOf, walk } = require('./view.cjs');

/** `root.cn.[0].cn.[1].v` → the place in the page's data that a path key of setData names. */
function setByPath(target, key, value) {
  const parts = key
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter((part) => part !== '');
  const last = parts.pop();
  let place = target;
  parts.forEach((part, index) => {
    const next = parts[index + 1] ?? last;
    if (place[part] === null || typeof place[part] !== 'object') place[part] = /^\d+$/.test(next) ? [] : {};
    place = place[part];
  });
  place[last] = value;
}

function parseUrl(url) {
  const [route, query = ''] = url.replace(/^\//, '').split('?');
  return { route, query: Object.fromEntries(new URLSearchParams(query)) };
}

/** WeChat has no eval, and a `Function` that answers only to `return this` and never throws. */
const poorerGlobals = `(function () {
  var all = this;
  var Real = Function;
  Function = function () {
    if (arguments[arguments.length - 1] === 'return this') return function () { return all; };
  };
  Function.prototype = Real.prototype;
  eval = undefined;
}).call(this)`;

/** Timers of one run, all of which can be stopped at once. */
function createTimers() {
  const running = new Set();
  const starting =
    (start) =>
    (...args) => {
      const timer = start(...args);
      running.add(timer);
      return timer;
    };
  const timers = { setTimeout: starting(setTimeout), setInterval: starting(setInterval), clearTimeout, clearInterval };
  return { timers, stopAll: () => running.forEach((timer) => clearTimeout(timer)) };
}

/** The app service: loads the package's scripts and collects what they register. */
function createService({ dist, wx, errors, registered, timers }) {
  const words = (args) => args.map((each) => each?.stack ?? String(each)).join(' ');
  const context = vm.createContext({
    wx,
    console: { ...console, log() {}, info() {}, warn() {}, error: (...args) => errors.push(words(args)) },
    ...timers,
    getApp: () => registered.instance,
    getCurrentPages: () => registered.stack.slice(),
    App: (config) => (registered.app = config),
    Page: (config) => registered.pages.set(registered.loading, config),
    Component: () => {},
    Behavior: (config) => config,
    __wxConfig: { envVersion: 'develop' },
  });
  vm.runInContext(poorerGlobals, context);

  const modules = new Map();
  const inner = 'require, module, exports, wx, global, window, document, navigator, location, self';
  return function load(file) {
    const filename = path.join(dist, file);
    if (modules.has(filename)) return modules.get(filename).exports;

    const module = { exports: {} };
    modules.set(filename, module);
    const source = fs.readFileSync(filename, 'utf8');
    const run = vm.runInContext(`(function (${inner}) {${source}\n})`, context, { filename });
    const require = (id) => load(path.posix.join(path.posix.dirname(file), id).replace(/(\.js)?$/, '.js'));
    run(require, module, module.exports, wx, {});
    return module.exports;
  };
}

/** Navigation as WeChat allows it: ten pages deep, tabs by switchTab only. */
function createNavigation({ appJson, stack, open }) {
  const tabs = (appJson.tabBar?.list ?? []).map((tab) => tab.pagePath);
  const packages = appJson.subPackages ?? appJson.subpackages ?? [];
  const known = [...appJson.pages, ...packages.flatMap(({ root, pages }) => pages.map((page) => `${root}/${page}`))];
  const top = () => stack[stack.length - 1];
  const pop = () => stack.pop()?.onUnload?.();

  const going = (api, isTab, act) => (options) => {
    const { route } = parseUrl(options.url);
    if (!known.includes(route)) return fail(api, options, `page "${route}" is not found`);
    if (isTab !== null && tabs.includes(route) !== isTab) return fail(api, options, 'tab and page are mixed up');
    if (api === 'navigateTo' && stack.length >= 10) return fail(api, options, 'webview count limit exceed');
    later(() => {
      act(options.url);
      respond(api, options, { eventChannel: { on() {}, once() {}, off() {}, emit() {} } });
    });
  };
  const popAll = () => {
    while (stack.length > 0) pop();
  };
  return {
    navigateTo: going('navigateTo', false, open),
    redirectTo: going('redirectTo', false, (url) => (pop(), open(url))),
    switchTab: going('switchTab', true, (url) => (popAll(), open(url))),
    reLaunch: going('reLaunch', null, (url) => (popAll(), open(url))),
    navigateBack: (options) => {
      if (stack.length > 1) pop();
      top()?.onShow?.();
      respond('navigateBack', options);
    },
  };
}

/**
 * A phone with the package on it. `wx` scripts its APIs by name; `storage` may be handed from one run to the next, as
 * a killed program finds it again; `patienceMs` is how long `waitFor` waits.
 */
function createWeapp({ dist, wx: scripted = {}, storage = new Map(), patienceMs = 3000 }) {
  const appJson = JSON.parse(fs.readFileSync(path.join(dist, 'app.json'), 'utf8'));
  const errors = [];
  const setDatas = [];
  const stack = [];
  const registered = { app: null, instance: null, pages: new Map(), loading: null, stack };
  let launchOptions = { path: appJson.pages[0], query: {}, scene: 1001, referrerInfo: {} };
  let webviews = 0;

  const pages = createNavigation({ appJson, stack, open });
  const { wx, calls, raise } = createWx({ scripted, pages, launchOptions: () => launchOptions, storage });
  const { timers, stopAll } = createTimers();
  const load = createService({ dist, wx, errors, registered, timers });
  const current = () => stack[stack.length - 1];

  function makePage(route, query) {
    if (!registered.pages.has(route)) {
      registered.loading = route;
      load(`${route}.js`);
    }
    const config = registered.pages.get(route);
    const page = Object.assign(Object.create(null), config, { data: copy(config.data) ?? {} });
    webviews += 1;
    Object.assign(page, { route, __route__: route, options: query, __wxWebviewId__: webviews });
    page.getPageId = () => `pageId:${page.__wxWebviewId__}`;
    page.selectComponent = () => null;
    page.createSelectorQuery = wx.createSelectorQuery;
    page.setData = (data, done) => {
      // WeChat sends it to the view as text: what does not survive that is lost there too.
      const text = JSON.stringify(data);
      setDatas.push({ route, bytes: Buffer.byteLength(text), data: JSON.parse(text) });
      for (const [key, value] of Object.entries(JSON.parse(text))) setByPath(page.data, key, value);
      later(() => done?.call(page));
    };
    return page;
  }

  function open(url) {
    const { route, query } = parseUrl(url);
    current()?.onHide?.();
    const page = makePage(route, query);
    stack.push(page);
    page.onLoad?.(query);
    page.onShow?.();
    later(() => page.onReady?.());
  }

  function launch(url = `/${appJson.pages[0]}`) {
    const { route, query } = parseUrl(url);
    launchOptions = { path: route, query, scene: 1001, referrerInfo: {} };
    load('app.js');
    registered.instance = Object.assign(Object.create(null), registered.app);
    registered.instance.onLaunch?.(launchOptions);
    registered.instance.onShow?.(launchOptions);
    open(url);
  }

  const tree = () => treeOf(dist, current());
  const find = (wanted) =>
    walk(tree(), typeof wanted === 'string' ? (node) => node.attrs?.id === wanted : wanted) ?? null;
  const get = (id) => {
    const node = find(id);
    if (!node) throw new Error(`no #${id} on ${current().route}: ${textOf(tree())}`);
    return node;
  };
  const fire = (id, type, detail, extra) => dispatch(current(), get(id), type, detail, extra);

  async function waitFor(check, timeoutMs = patienceMs) {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const result = stack.length > 0 && check();
      if (result) return result;
      if (Date.now() > end) throw new Error(`never came true: ${check}\n${textOf(tree())}\n${errors.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  return {
    appJson,
    calls,
    errors,
    setDatas,
    storage,
    stack,
    raise,
    launch,
    /** As a finger on the tab bar, which is WeChat's own. */
    switchTab: (route) => pages.switchTab({ url: `/${route}` }),
    /** Nothing of it moves any more. */
    kill: stopAll,
    current,
    find,
    get,
    waitFor,
    fire,
    text: () => textOf(tree()),
    /** The words of one element; null while it is not there. */
    textOf: (id) => (find(id) ? textOf(find(id)) : null),
    tap: (id) => fire(id, 'tap', { x: 1, y: 1 }),
    input: (id, value) => fire(id, 'input', { value, cursor: value.length }),
    waitForId: (id, timeoutMs) => waitFor(() => find(id), timeoutMs),
    callsOf: (api) => calls.filter((call) => call.api === api).map((call) => call.args[0]),
  };
}

module.exports = { createWeapp, fail, respond };
