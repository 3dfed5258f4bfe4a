import { runninghubGroups, runninghubLines } from './page-faults-runninghub';
import type { Preset, PresetGroup } from './page-preset';
import type { AlipayNotificationMode } from '../alipay/notifications';
import type { RefundMode } from '../alipay/trades';
import type { Fault } from '../faults';
import { html, type Html } from '../html';
import type { SwitchboardState, VendorName } from './state';
import type { NotificationMode } from '../wechat-pay/notifications';
import type { Agreement } from '../wechat/subscribed';
import type { PushMode } from '../wechat/push';
import type { VirtualRefundMode } from '../wechat-virtual/wechat-virtual';

const vendorTitles: Record<VendorName, string> = {
  sms: '短信',
  wechat: '微信（登录、虚拟支付、消息推送）',
  pay: '微信支付',
  alipay: '支付宝',
  cos: '对象存储',
  runninghub: 'RunningHub（模特图）',
};

const faultTitles: [title: string, fault: Fault][] = [
  ['慢 10 秒', { kind: 'delay', ms: 10_000 }],
  ['返回 500', { kind: 'status', status: 500 }],
  ['断开连接', { kind: 'reset' }],
  ['做完才断开', { kind: 'lost' }],
  ['只回一半', { kind: 'cut', afterBytes: 20 }],
];

const notificationTitles: [title: string, mode: NotificationMode][] = [
  ['通知正常', { kind: 'deliver' }],
  ['通知丢失', { kind: 'drop' }],
  ['通知迟 20 秒', { kind: 'delay', ms: 20_000 }],
  ['通知重复 3 次', { kind: 'repeat', times: 3 }],
  ['通知乱序', { kind: 'reorder' }],
  ['通知被篡改', { kind: 'corrupt' }],
  ['通知是伪造的', { kind: 'forge' }],
  ['通知过期', { kind: 'stale' }],
  ['探测签名', { kind: 'probe' }],
];
const otherTitles: [title: string, mode: AlipayNotificationMode & PushMode][] = [
  ['通知正常', { kind: 'deliver' }],
  ['通知丢失', { kind: 'drop' }],
  ['通知迟 20 秒', { kind: 'delay', ms: 20_000 }],
  ['通知重复 3 次', { kind: 'repeat', times: 3 }],
  ['通知被篡改', { kind: 'corrupt' }],
  ['通知是伪造的', { kind: 'forge' }],
];

const payRefundTitles: [title: string, request: Record<string, unknown>][] = [
  ['退款立即到账', { refunds: { kind: 'end', as: 'SUCCESS', afterMs: 0 } }],
  ['退款 10 秒后到账', { refunds: { kind: 'end', as: 'SUCCESS', afterMs: 10_000 } }],
  ['退款一直处理中', { refunds: { kind: 'wait' } }],
  ['退款异常', { refunds: { kind: 'end', as: 'ABNORMAL', afterMs: 0 } }],
  ['退款被关闭', { refunds: { kind: 'end', as: 'CLOSED', afterMs: 0 } }],
  ['余额不足', { balance: 'short' }],
  ['余额充足', { balance: 'enough' }],
  ['后台退款也通知', { tellOfConsole: true }],
  ['账单还没生成', { bill: { kind: 'creating' } }],
  ['账单合计不对', { bill: { kind: 'wrong_totals' } }],
];
const virtualRefundTitles: Record<VirtualRefundMode, string> = {
  at_once: '退款立即到账',
  later: '退款一直处理中',
  fail: '退款失败',
};
const agreementTitles: Record<Agreement, string> = {
  always: '顾客都同意',
  counted: '同意一次发一条',
  never: '顾客没有同意（43101）',
};
const alipayRefundTitles: Record<RefundMode, string> = {
  now: '退款立即到账',
  later: '退款一直处理中',
  short: '余额不足',
};

const groups: Partial<Record<VendorName, PresetGroup[]>> = {
  pay: [
    {
      title: '往后的通知：',
      presets: notificationTitles.map(([title, mode]) => ({ title, request: { notifications: mode } })),
    },
    { title: '往后的退款和账单：', presets: payRefundTitles.map(([title, request]) => ({ title, request })) },
  ],
  wechat: [
    { title: '往后的推送：', presets: otherTitles.map(([title, mode]) => ({ title, request: { pushes: mode } })) },
    { title: '往后的虚拟支付退款：', presets: refundPresets(virtualRefundTitles) },
    {
      title: '往后的订阅消息：',
      presets: Object.entries(agreementTitles).map(([agreement, title]) => ({ title, request: { agreement } })),
    },
  ],
  alipay: [
    {
      title: '往后的通知：',
      presets: otherTitles.map(([title, mode]) => ({ title, request: { notifications: mode } })),
    },
    { title: '往后的退款：', presets: refundPresets(alipayRefundTitles) },
    {
      title: '下一个回答：',
      presets: [
        { title: '金额被改成 0.01', request: { spoilAnswers: 'tampered' } },
        { title: '没有签名', request: { spoilAnswers: 'unsigned' } },
        { title: '做完却说系统错误', request: { spoilAnswers: 'busy' } },
      ],
    },
  ],
  runninghub: runninghubGroups,
};

function refundPresets(titles: Record<string, string>): Preset[] {
  return Object.entries(titles).map(([refunds, title]) => ({ title, request: { refunds } }));
}

/** What can be made to go wrong at one vendor. */
export function faultCard(vendor: VendorName): Html {
  const button = ({ title, request }: Preset): Html =>
    html`<button type="button" data-plan="${JSON.stringify({ vendor, ...request })}">${title}</button>`;
  const next = {
    title: '接下来的一次请求：',
    presets: faultTitles.map(([title, fault]) => ({ title, request: { fault } })),
  };

  return html`<li class="card">
    <details>
      <summary>${vendorTitles[vendor]}</summary>
      ${[next, ...(groups[vendor] ?? [])].map(
        ({ title, presets }) =>
          html`<div class="meta">${title}</div>
            <div class="actions">${presets.map(button)}</div>`,
      )}
    </details>
  </li>`;
}

/** What is wrong at this moment, a line each. */
export function faultLines(state: SwitchboardState): Html[] {
  const { sms, wechat, pay, alipay, runninghub } = vendorTitles;
  const lines = [
    ...state.faults.map(
      ({ vendor, path, times, fault }) => `${vendorTitles[vendor]} ${path}：${faultTitle(fault)}，还有 ${times} 次`,
    ),
    ...modeLine(pay, notificationTitles, state.notifications.mode.kind),
    ...refundLines(state),
    ...modeLine(wechat, otherTitles, state.pushes.mode.kind),
    ...(state.virtual.refunds === 'at_once' ? [] : [`虚拟支付：${virtualRefundTitles[state.virtual.refunds]}`]),
    ...(state.subscribed.agreement === 'always' ? [] : [`订阅消息：${agreementTitles[state.subscribed.agreement]}`]),
    ...modeLine(alipay, otherTitles, state.alipay.notifications.mode.kind),
    ...(state.alipay.refunds === 'now' ? [] : [`${alipay}：${alipayRefundTitles[state.alipay.refunds]}`]),
    ...state.refusedNumbers.map(({ phone, code }) => `${sms}：拒绝 ${phone}（${code}）`),
    ...(state.smsIntervalMs > 0 ? [`${sms}：同一号码 ${state.smsIntervalMs / 1_000} 秒一条`] : []),
    ...(state.givesUnionid ? ['微信登录：带 unionid'] : []),
    ...runninghubLines(state.runninghub).map((line) => `${runninghub}：${line}`),
  ];
  return lines.map((line) => html`<li class="card meta">${line}</li>`);
}

const endTitles = { SUCCESS: '到账', ABNORMAL: '异常', CLOSED: '被关闭' } as const;

function refundLines({ refunds, bills }: SwitchboardState): string[] {
  const { outcome } = refunds;
  const isUsual = outcome.kind === 'end' && outcome.as === 'SUCCESS' && outcome.afterMs === 0;
  const ending = outcome.kind === 'end' ? `${outcome.afterMs / 1_000} 秒后${endTitles[outcome.as]}` : '一直处理中';
  return [
    ...(isUsual ? [] : [`微信支付：退款${ending}`]),
    ...(refunds.balance === 'short' ? ['微信支付：余额不足'] : []),
    ...(refunds.spacingMs > 0 ? [`微信支付：同一订单 ${refunds.spacingMs / 1_000} 秒退一次`] : []),
    ...(refunds.tellsOfConsole ? ['微信支付：后台退款也通知'] : []),
    ...bills.spoilings.map(({ kind }) => `微信支付：账单有问题（${kind}）`),
  ];
}

function modeLine(vendor: string, titles: [string, { kind: string }][], kind: string): string[] {
  const found = titles.find(([, mode]) => mode.kind === kind && kind !== 'deliver');
  return found ? [`${vendor}：${found[0]}`] : [];
}

function faultTitle(fault: Fault): string {
  if (fault.kind === 'delay') return `慢 ${fault.ms} 毫秒`;
  if (fault.kind === 'status') return `返回 ${fault.status}`;
  return faultTitles.find(([, preset]) => preset.kind === fault.kind)?.[0] ?? fault.kind;
}
