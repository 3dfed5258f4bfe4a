import { html, type Html } from '../html';
import { faultCard, faultLines } from './page-faults';
import { document, time } from './page-frame';
import { jobCards } from './page-jobs';
import { deedButton, orderCards } from './page-orders';
import type { SubscribedMessageShown } from '../wechat/subscribed';
import type { SmsMessage } from '../sms/sms';
import { vendorNames, type SwitchboardState } from './state';

const messagesMax = 10;
const ordersMax = 30;
const jobsMax = 10;
const peopleMax = 5;

/** The switchboard: codes, orders, faults. What lies in `#live` is drawn anew by the page's script when the state changed. */
export function renderSwitchboard(state: SwitchboardState): Html {
  const people = peopleOf(state);
  const subscribed = state.subscribed.messages.slice(0, messagesMax).map(subscribedCard);
  return document('素衣沙箱', [
    html`<div class="stripe">沙箱：短信、支付、存储和模特图都是模拟的，不会扣款</div>`,
    html`<main class="wrap">
      <header>
        <h1>素衣沙箱</h1>
        <p>这里能看到验证码、替顾客付款、让外部服务出故障</p>
      </header>
      <div id="live">
        <h2>短信验证码</h2>
        ${list(state.messages.slice(0, messagesMax).map(messageCard), '还没有短信。在登录页点“获取验证码”，这里马上出现')}
        <h2>订单</h2>
        ${list(orderCards(state).slice(0, ordersMax), '还没有订单')}
        <h2>模特图任务${slotsLine(state)}</h2>
        ${list(jobCards(state.runninghub).slice(0, jobsMax), '还没有任务。在小程序里做一组模特图，这里马上出现')}
        ${subscribed.length === 0 ? null : [html`<h2>微信订阅消息</h2>`, list(subscribed, '')]}
        ${people.length === 0 ? null : [html`<h2>微信顾客</h2>`, list(people.map(personCard), '')]}
        <h2>正在生效的故障</h2>
        ${list(faultLines(state), '一切正常')}
      </div>
      <h2>制造故障</h2>
      <ul>
        ${vendorNames.map(faultCard)}
      </ul>
      <div class="actions"><button type="button" data-clear="all">清除全部故障</button></div>
    </main>`,
    html`<script src="/sandbox/page.js"></script>`,
  ]);
}

function messageCard(message: SmsMessage): Html {
  return html`<li class="card">
    <div class="row">
      <span class="code">${message.code}</span>
      <button type="button" data-copy="${message.code}" aria-label="复制验证码 ${message.code}">复制</button>
    </div>
    <div class="meta">${message.phone} · ${time(message.at)}</div>
  </li>`;
}

const slotsLine = ({ runninghub: { openJobs, slots } }: SwitchboardState): string =>
  openJobs === 0 ? '' : ` · 占用 ${openJobs}/${slots} 个名额`;

function subscribedCard({ openid, page, values, at }: SubscribedMessageShown): Html {
  return html`<li class="card">
    ${Object.entries(values).map(
      ([name, value]) =>
        html`<div class="row"><span class="meta">${name}</span><span class="title">${value}</span></div>`,
    )}
    <div class="meta">${page ?? '不跳转'} · ${time(at)}</div>
    <div class="meta">${openid}</div>
  </li>`;
}

/** Who ordered last, each once. */
function peopleOf({ orders, virtual }: SwitchboardState): string[] {
  const newestFirst = [...orders, ...virtual.orders].sort((a, b) => b.createdAt - a.createdAt);
  return [...new Set(newestFirst.map((order) => order.openid))].slice(0, peopleMax);
}

function personCard(openid: string): Html {
  const path = `wechat/people/${encodeURIComponent(openid)}`;
  const button = (title: string, deed: string): Html =>
    deedButton({ title, path: `${path}/${deed}`, done: '已通知服务器' });
  return html`<li class="card">
    <div class="meta">${openid}</div>
    <div class="actions">
      ${button('撤回手机号授权', 'revoke-phone')} ${button('撤回图片授权', 'revoke-pictures')}
      ${button('注销授权', 'cancel')} ${deedButton({ title: '同意一条消息', path: `${path}/agree`, done: '已同意' })}
    </div>
  </li>`;
}

const list = (items: Html[], whenEmpty: string): Html =>
  html`<ul>
    ${items.length > 0 ? items : html`<li class="card empty">${whenEmpty}</li>`}
  </ul>`;
