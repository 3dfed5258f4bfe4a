import type { Fault } from './faults';
import { html, type Html, type HtmlValue } from './html';
import type { SmsMessage } from './sms';
import { vendorNames, type SwitchboardState, type VendorName } from './switchboard-state';
import type { NotificationMode } from './wechat-pay-notifications';
import type { SandboxOrder } from './wechat-pay-orders';

const vendorTitles: Record<VendorName, string> = { sms: '短信', wechat: '微信登录', pay: '微信支付', cos: '对象存储' };
const stateTitles: Record<SandboxOrder['tradeState'], string> = {
  NOTPAY: '待支付',
  SUCCESS: '已支付',
  CLOSED: '已关闭',
};

const presets: { title: string; fault: Fault }[] = [
  { title: '慢 10 秒', fault: { kind: 'delay', ms: 10_000 } },
  { title: '返回 500', fault: { kind: 'status', status: 500 } },
  { title: '断开连接', fault: { kind: 'reset' } },
  { title: '做完才断开', fault: { kind: 'lost' } },
  { title: '只回一半', fault: { kind: 'cut', afterBytes: 20 } },
];

const notificationPresets: { title: string; mode: NotificationMode }[] = [
  { title: '通知正常', mode: { kind: 'deliver' } },
  { title: '通知丢失', mode: { kind: 'drop' } },
  { title: '通知迟 20 秒', mode: { kind: 'delay', ms: 20_000 } },
  { title: '通知重复 3 次', mode: { kind: 'repeat', times: 3 } },
  { title: '通知乱序', mode: { kind: 'reorder' } },
  { title: '通知被篡改', mode: { kind: 'corrupt' } },
  { title: '通知是伪造的', mode: { kind: 'forge' } },
  { title: '通知过期', mode: { kind: 'stale' } },
  { title: '探测签名', mode: { kind: 'probe' } },
];

/** The switchboard: codes, orders, faults. What lies in `#live` is drawn anew by the page's script when the state changed. */
export function renderSwitchboard(state: SwitchboardState): Html {
  return document('素衣沙箱', [
    html`<div class="stripe">沙箱：短信、支付和存储都是模拟的，不会扣款</div>`,
    html`<main class="wrap">
      <header>
        <h1>素衣沙箱</h1>
        <p>这里能看到验证码、替顾客付款、让外部服务出故障</p>
      </header>
      <div id="live">
        <h2>短信验证码</h2>
        ${list(state.messages.slice(0, 10).map(messageCard), '还没有短信。在登录页点“获取验证码”，这里马上出现')}
        <h2>订单</h2>
        ${list(state.orders.map(orderCard), '还没有订单')}
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

/** The sheet that stands for WeChat Pay's own. `back` is an address that `returnAddress` let through. */
export function renderCashier(order: SandboxOrder, back: string): Html {
  const isOpen = order.tradeState === 'NOTPAY';
  const action = (deed: string): string =>
    `/sandbox/orders/${encodeURIComponent(order.outTradeNo)}/${deed}?return=${encodeURIComponent(back)}`;

  return sheet('沙箱收银台', [
    html`<div class="title">${order.description}</div>`,
    html`<div class="amount">${yuan(order.totalFen)}</div>`,
    html`<dl>
      <div>
        <dt>收款方</dt>
        <dd>素衣（沙箱商户）</dd>
      </div>
      <div>
        <dt>订单号</dt>
        <dd>${order.outTradeNo}</dd>
      </div>
      <div>
        <dt>付款方式</dt>
        <dd>沙箱零钱，不会扣款</dd>
      </div>
    </dl>`,
    isOpen
      ? html`<form method="post" action="${action('pay')}"><button class="pay">确认支付</button></form>
          <form method="post" action="${action('abandon')}"><button>取消</button></form>`
      : html`<p>这笔订单${stateTitles[order.tradeState]}，不用再付</p>
          <a class="button" href="${back}">返回商家</a>`,
  ]);
}

export function renderMissing(back: string): Html {
  return sheet('沙箱收银台', [
    html`<div class="title">没有这笔订单</div>`,
    html`<p class="meta">它可能属于上一次启动的沙箱。请回到小程序重新下单。</p>`,
    html`<a class="button" href="${back}">返回商家</a>`,
  ]);
}

function sheet(title: string, content: HtmlValue): Html {
  return document(title, [
    html`<div class="sheet-page">
      <div class="stripe">沙箱收银台：模拟微信支付，不会真的扣款</div>
      <div class="space"></div>
      <main class="sheet">${content}</main>
    </div>`,
  ]);
}

function document(title: string, content: HtmlValue): Html {
  return html`<!doctype html>
    <html lang="zh-CN">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/sandbox/page.css" />
      </head>
      <body>
        ${content}
      </body>
    </html>`;
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

function orderCard(order: SandboxOrder): Html {
  const button = (deed: string, attributes: Html, title: string): Html =>
    html`<form method="post" action="/sandbox/orders/${encodeURIComponent(order.outTradeNo)}/${deed}" data-quiet>
      <button ${attributes}>${title}</button>
    </form>`;
  const buttons = {
    NOTPAY: [button('pay', html`class="primary"`, '支付'), button('abandon', html`data-done="顾客已离开"`, '放弃')],
    SUCCESS: [button('notify', html`data-done="已发出"`, '再发一次通知')],
    CLOSED: [],
  };

  return html`<li class="card">
    <div class="row">
      <span class="amount">${yuan(order.totalFen)}</span>
      <span class="state ${order.tradeState}">${stateTitles[order.tradeState]}</span>
    </div>
    <div class="title">${order.description}</div>
    <div class="meta">${order.outTradeNo} · ${time(order.createdAt)}</div>
    <div class="actions">${buttons[order.tradeState]}</div>
  </li>`;
}

function faultLines(state: SwitchboardState): Html[] {
  const { kind: mode } = state.notifications.mode;
  const notification = notificationPresets.find((preset) => preset.mode.kind === mode && mode !== 'deliver');
  const lines = [
    ...state.faults.map(
      ({ vendor, path, times, fault }) => `${vendorTitles[vendor]} ${path}：${faultTitle(fault)}，还有 ${times} 次`,
    ),
    ...(notification ? [`微信支付：${notification.title}`] : []),
    ...state.refusedNumbers.map(({ phone, code }) => `短信：拒绝 ${phone}（${code}）`),
    ...(state.smsIntervalMs > 0 ? [`短信：同一号码 ${state.smsIntervalMs / 1_000} 秒一条`] : []),
    ...(state.givesUnionid ? ['微信登录：带 unionid'] : []),
  ];
  return lines.map((line) => html`<li class="card meta">${line}</li>`);
}

function faultTitle(fault: Fault): string {
  if (fault.kind === 'delay') return `慢 ${fault.ms} 毫秒`;
  if (fault.kind === 'status') return `返回 ${fault.status}`;
  return presets.find((preset) => preset.fault.kind === fault.kind)?.title ?? fault.kind;
}

function faultCard(vendor: VendorName): Html {
  const button = (title: string, request: object): Html =>
    html`<button type="button" data-plan="${JSON.stringify({ vendor, ...request })}">${title}</button>`;

  return html`<li class="card">
    <details>
      <summary>${vendorTitles[vendor]}</summary>
      <div class="meta">接下来的一次请求：</div>
      <div class="actions">${presets.map(({ title, fault }) => button(title, { fault }))}</div>
      ${
        vendor === 'pay'
          ? html`<div class="meta">往后的支付通知：</div>
              <div class="actions">
                ${notificationPresets.map(({ title, mode }) => button(title, { notifications: mode }))}
              </div>`
          : null
      }
    </details>
  </li>`;
}

const list = (items: Html[], whenEmpty: string): Html =>
  html`<ul>
    ${items.length > 0 ? items : html`<li class="card empty">${whenEmpty}</li>`}
  </ul>`;

const yuan = (fen: number): string => `¥${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;

const shanghaiTime = new Intl.DateTimeFormat('zh-CN', {
  timeZone: 'Asia/Shanghai',
  hourCycle: 'h23',
  month: 'numeric',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const time = (ms: number): string => shanghaiTime.format(ms);
