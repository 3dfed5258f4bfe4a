import type { AlipaySimulator } from '../alipay/alipay';
import type { AlipayNotificationAttempt, AlipayNotificationMode } from '../alipay/notifications';
import type { RefundMode, SandboxTrade } from '../alipay/trades';
import type { CosSimulator } from '../cos/cos';
import type { FaultPlan } from '../faults';
import type { CallCounts } from '../runninghub/desk';
import type {
  MishapState,
  RunningHubSimulator,
  SandboxJob,
  WebhookAttempt,
  WebhookMode,
} from '../runninghub/runninghub';
import type { SmsMessage, SmsSimulator } from '../sms/sms';
import type { WechatSimulator } from '../wechat/wechat';
import type { WechatPaySimulator } from '../wechat-pay/wechat-pay';
import type { BillSpoiling } from '../wechat-pay/bills';
import type { NotificationAttempt, NotificationMode } from '../wechat-pay/notifications';
import type { SandboxOrder } from '../wechat-pay/orders';
import type { SandboxRefund } from '../wechat-pay/refund';
import type { RefundOutcome } from '../wechat-pay/refunds';
import type { Agreement, SubscribedMessageShown } from '../wechat/subscribed';
import type { PushAttempt, PushMode } from '../wechat/push';
import type { VirtualOrder, VirtualRefund, VirtualRefundMode } from '../wechat-virtual/wechat-virtual';

export type Simulators = {
  sms: SmsSimulator;
  wechat: WechatSimulator;
  pay: WechatPaySimulator;
  alipay: AlipaySimulator;
  cos: CosSimulator;
  runninghub: RunningHubSimulator;
};
export type VendorName = keyof Simulators;

export type VirtualOrderShown = VirtualOrder & { refunds: readonly VirtualRefund[] };

export type RunningHubState = {
  jobs: readonly SandboxJob[];
  openJobs: number;
  openJobsMax: number;
  slots: number;
  paceMs: number;
  usual: { slots: number; paceMs: number };
  counts: CallCounts;
  mishaps: MishapState;
  webhooks: { mode: WebhookMode; attempts: readonly WebhookAttempt[] };
};

/** Everything that the switchboard shows, on its page and as JSON. */
export type SwitchboardState = {
  messages: readonly SmsMessage[];
  orders: readonly SandboxOrder[];
  notifications: { mode: NotificationMode; attempts: readonly NotificationAttempt[] };
  refunds: {
    items: readonly SandboxRefund[];
    outcome: RefundOutcome;
    balance: 'enough' | 'short';
    spacingMs: number;
    tellsOfConsole: boolean;
  };
  bills: { spoilings: readonly BillSpoiling[] };
  virtual: { orders: readonly VirtualOrderShown[]; refunds: VirtualRefundMode };
  pushes: { mode: PushMode; attempts: readonly PushAttempt[] };
  subscribed: { agreement: Agreement; messages: readonly SubscribedMessageShown[] };
  alipay: {
    trades: readonly SandboxTrade[];
    refunds: RefundMode;
    notifications: { mode: AlipayNotificationMode; attempts: readonly AlipayNotificationAttempt[] };
  };
  runninghub: RunningHubState;
  faults: readonly ({ vendor: VendorName } & FaultPlan)[];
  refusedNumbers: readonly { phone: string; code: string }[];
  smsIntervalMs: number;
  givesUnionid: boolean;
};

export const vendorNames = [
  'sms',
  'wechat',
  'pay',
  'alipay',
  'cos',
  'runninghub',
] as const satisfies readonly VendorName[];
const ordersMax = 50;
const jobsMax = 20;
const messagesMax = 50;
const attemptsMax = 20;

export function stateOf(simulators: Simulators): SwitchboardState {
  const { sms, wechat, pay, alipay } = simulators;
  return {
    messages: sms.messages().slice(0, messagesMax),
    orders: pay.orders().slice(0, ordersMax),
    notifications: { mode: pay.notifications.mode(), attempts: pay.notifications.attempts().slice(0, attemptsMax) },
    refunds: {
      items: pay.refunds.list().slice(0, ordersMax),
      outcome: pay.refunds.outcome(),
      balance: pay.refunds.balance(),
      spacingMs: pay.refunds.spacingMs(),
      tellsOfConsole: pay.refunds.tellsOfConsole(),
    },
    bills: { spoilings: pay.bills.spoilings() },
    virtual: {
      orders: wechat.virtual
        .orders()
        .slice(0, ordersMax)
        .map((order) => ({ ...order, refunds: wechat.virtual.refundsOf(order.outTradeNo) })),
      refunds: wechat.virtual.refundMode(),
    },
    pushes: { mode: wechat.push.mode(), attempts: wechat.push.attempts().slice(0, attemptsMax) },
    subscribed: {
      agreement: wechat.subscriptions.agreement(),
      messages: wechat.messages().slice(0, messagesMax),
    },
    alipay: {
      trades: alipay.trades().slice(0, ordersMax),
      refunds: alipay.refundMode(),
      notifications: {
        mode: alipay.notifications.mode(),
        attempts: alipay.notifications.attempts().slice(0, attemptsMax),
      },
    },
    runninghub: runninghubOf(simulators.runninghub),
    faults: vendorNames.flatMap((vendor) => simulators[vendor].faults.planned().map((plan) => ({ vendor, ...plan }))),
    refusedNumbers: sms.refusedNumbers(),
    smsIntervalMs: sms.numberIntervalMs(),
    givesUnionid: wechat.givesUnionid(),
  };
}

function runninghubOf(runninghub: RunningHubSimulator): RunningHubState {
  return {
    jobs: runninghub.jobs().slice(0, jobsMax),
    openJobs: runninghub.openJobs(),
    openJobsMax: runninghub.openJobsMax(),
    slots: runninghub.slots(),
    paceMs: runninghub.paceMs(),
    usual: runninghub.usual,
    counts: runninghub.counts(),
    mishaps: runninghub.mishaps.state(),
    webhooks: { mode: runninghub.webhooks.mode(), attempts: runninghub.webhooks.attempts().slice(0, attemptsMax) },
  };
}
