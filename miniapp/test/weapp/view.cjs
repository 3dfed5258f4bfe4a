'use strict';

/*
 * What a seller would see: the package's own WXML, compiled by WeChat's compiler and filled with a page's data. Events
 * go through the bindings of the rendered template, so one that is missing there fails the test.
 */

const fs = require('node:fs');
const path = require('node:path');
const compiler = require('miniprogram-compiler');

const dashed = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const compiled = new Map();

/** Compiles every template of a package, once for all tests of a run. */
function compile(dist) {
  if (!compiled.has(dist)) {
    const source = compiler.wxmlToJs(dist, { maxBuffer: 64 << 20 });
    const silent = { log() {}, warn() {}, error() {} };
    compiled.set(dist, new Function('window', 'global', 'console', source)({}, {}, silent));
  }
  return compiled.get(dist);
}

function componentsOf(dist, file) {
  try {
    return JSON.parse(fs.readFileSync(path.join(dist, `${file}.json`), 'utf8')).usingComponents ?? {};
  } catch {
    return {};
  }
}

/** The page as a tree of `{ tag, attrs, children, parent }`; Taro's recursive component is expanded. */
function treeOf(dist, page) {
  const templates = compile(dist);

  function node(raw, parent, file) {
    if (typeof raw === 'string' || typeof raw === 'number') return { text: String(raw), parent };

    const tag = raw.tag.replace(/^wx-/, '');
    const attrs = Object.fromEntries(Object.entries(raw.attr ?? {}).map(([name, value]) => [dashed(name), value]));
    const built = { tag, attrs, parent, children: [] };
    const component = componentsOf(dist, file)[tag];
    if (component) {
      const inside = path.posix.join(path.posix.dirname(file), component);
      const content = templates(`${inside}.wxml`)({ ...raw.attr }, {});
      built.children = content.children.map((child) => node(child, built, inside));
    } else {
      built.children = (raw.children ?? []).map((child) => node(child, built, file));
    }
    return built;
  }

  const root = templates(`${page.route}.wxml`)(JSON.parse(JSON.stringify(page.data)), {});
  return node({ ...root, tag: 'page' }, null, page.route);
}

function walk(node, matches) {
  if (matches(node)) return node;
  for (const child of node.children ?? []) {
    const found = walk(child, matches);
    if (found) return found;
  }
  return null;
}

function textOf(node) {
  return node.text ?? (node.children ?? []).map(textOf).join('');
}

function datasetOf({ attrs }) {
  const entries = Object.entries(attrs).filter(([name]) => name.startsWith('data-'));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(5), value]));
}

/** Fires an event at a node and lets it bubble as WeChat does. Throws when nothing listens. */
function dispatch(page, node, type, detail = {}, extra = {}) {
  const place = (each) => ({ id: each.attrs.id, dataset: datasetOf(each), offsetLeft: 0, offsetTop: 0 });
  const bubbles = /^(tap|touch|long)/.test(type);
  let heard = 0;

  for (let each = node; each?.attrs; each = bubbles ? each.parent : null) {
    const handler = each.attrs[`bind${type}`] ?? each.attrs[`catch${type}`];
    if (!handler) continue;
    heard += 1;
    const event = { type, timeStamp: Date.now(), target: place(node), currentTarget: place(each), mark: {}, detail };
    page[handler]({ ...event, touches: [], changedTouches: [], ...extra });
    if (each.attrs[`catch${type}`]) break;
  }
  if (heard === 0) throw new Error(`nothing is bound to "${type}" on <${node.tag} id="${node.attrs.id}">`);
}

module.exports = { dispatch, textOf, treeOf, walk };
