import type { Preset, PresetGroup } from './page-preset';
import type { RunningHubState } from './state';
import type { Chances, MishapState, Outage, PictureMode } from '../runninghub/mishaps';
import type { WebhookMode } from '../runninghub/webhooks';

const refusalTitles: [code: number, title: string][] = [
  [421, '名额已满'],
  [415, '机器不足'],
  [1003, '请求太快'],
  [416, '余额不足'],
  [433, '提示词无效'],
  [803, '节点不对'],
  [1505, '不许出现真人'],
];
const failureTitles: [code: number, title: string][] = [
  [805, '运行失败'],
  [1015, '生成失败'],
  [1501, '内容不合规'],
];
const pictureTitles: Record<PictureMode, string> = { fine: '图片正常', broken: '图片只有一半', text: '图片其实是网页' };
const outageTitles: Record<Outage, string> = {
  none: '恢复运行',
  status: '停机，全部返回 503',
  reset: '停机，全部断开',
};
const webhookTitles: [title: string, mode: WebhookMode][] = [
  ['通知正常', { kind: 'deliver' }],
  ['通知丢失', { kind: 'drop' }],
  ['通知迟 20 秒', { kind: 'delay', ms: 20_000 }],
  ['通知重复 3 次', { kind: 'repeat', times: 3 }],
];
const tenPercent = { refuse: 0.1, fail: 0.1, resetBefore: 0.1, resetAfter: 0.1, silent: 0.1, dropWebhook: 0.1 };

const refusals: Preset[] = refusalTitles.map(([refuse, title]) => ({
  title: `${title} ${refuse}`,
  request: { refuse },
}));
const failures: Preset[] = failureTitles.map(([fail, title]) => ({ title: `${title} ${fail}`, request: { fail } }));

/** What can be made to go wrong at RunningHub. */
export const runninghubGroups: PresetGroup[] = [
  { title: '拒绝接下来的一次下单：', presets: refusals },
  {
    title: '断开接下来的一次下单：',
    presets: [
      { title: '任务没有建成', request: { path: 'ai-app', fault: { kind: 'reset' } } },
      { title: '任务已经建成', request: { path: 'ai-app', fault: { kind: 'lost' } } },
    ],
  },
  {
    title: '接下来的一个任务：',
    presets: [
      ...failures,
      { title: '一直没有结果', request: { silent: true } },
      { title: '只出 7 张', request: { shortOf: 7 } },
      { title: '一张也没有', request: { shortOf: 0 } },
    ],
  },
  {
    title: '往后的任务：',
    presets: [
      { title: '2 秒做完', request: { paceMs: 2_000 } },
      { title: '12 秒做完', request: { paceMs: 12_000 } },
      { title: '3 分钟做完', request: { paceMs: 180_000 } },
      ...Object.entries(pictureTitles).map(([pictures, title]) => ({ title, request: { pictures } })),
      { title: '现有图片链接全部过期', request: { expireLinks: true } },
    ],
  },
  {
    title: '账号与服务：',
    presets: [
      ...Object.entries(outageTitles).map(([outage, title]) => ({ title, request: { outage } })),
      { title: '余额用完', request: { balance: 'empty' } },
      { title: '余额充足', request: { balance: 'enough' } },
      { title: '只剩 1 个名额', request: { slots: 1 } },
      { title: '恢复 3 个名额', request: { slots: 3 } },
      { title: '各种错误各 10%', request: { misbehave: tenPercent } },
    ],
  },
  {
    title: '往后的通知：',
    presets: webhookTitles.map(([title, mode]) => ({ title, request: { webhooks: mode } })),
  },
];

/** What is wrong there at this moment, in a few words each. */
export function runninghubLines({ mishaps, webhooks, slots, paceMs, usual }: RunningHubState): string[] {
  const webhook = webhookTitles.find(([, mode]) => mode.kind === webhooks.mode.kind && mode.kind !== 'deliver');
  return [
    ...mishaps.refusals.map(({ code, times }) => `拒绝下单 ${code}，还有 ${times} 次`),
    ...mishaps.failures.map(({ code, times }) => `任务失败 ${code}，还有 ${times} 次`),
    ...(mishaps.silences > 0 ? [`任务没有结果，还有 ${mishaps.silences} 次`] : []),
    ...mishaps.shortages.map(({ pictures, times }) => `只出 ${pictures} 张，还有 ${times} 次`),
    ...(mishaps.pictures === 'fine' ? [] : [pictureTitles[mishaps.pictures]]),
    ...(mishaps.outage === 'none' ? [] : [outageTitles[mishaps.outage]]),
    ...(mishaps.isBalanceEmpty ? ['余额用完'] : []),
    ...(slots === usual.slots ? [] : [`只有 ${slots} 个名额`]),
    ...(paceMs === usual.paceMs ? [] : [`${paceMs / 1_000} 秒做完`]),
    ...(webhook ? [webhook[0]] : []),
    ...chanceLine(mishaps),
  ];
}

const chanceTitles: [name: keyof Chances, title: string][] = [
  ['refuse', '拒绝'],
  ['fail', '失败'],
  ['resetBefore', '建成前断开'],
  ['resetAfter', '建成后断开'],
  ['silent', '没有结果'],
  ['dropWebhook', '通知丢失'],
];

function chanceLine({ chances }: MishapState): string[] {
  const told = chanceTitles
    .filter(([name]) => chances[name] > 0)
    .map(([name, title]) => `${title} ${Math.round(chances[name] * 100)}%`);
  return told.length === 0 ? [] : [`随机出错：${told.join('，')}`];
}
