import { z } from 'zod';
import type { AlipayNotificationMode } from '../alipay/notifications';
import { answerSpoilings } from '../alipay/signing';
import type { RefundMode } from '../alipay/trades';
import type { Fault } from '../faults';
import { RunningHubRequest, turnRunningHub } from './runninghub';
import { vendorNames, type Simulators } from './state';
import type { BillSpoiling } from '../wechat-pay/bills';
import type { NotificationMode } from '../wechat-pay/notifications';
import type { RefundOutcome } from '../wechat-pay/refunds';
import type { Agreement } from '../wechat/subscribed';
import type { PushMode } from '../wechat/push';
import type { VirtualRefundMode } from '../wechat-virtual/wechat-virtual';

const times = z.number().int().min(1).max(1_000).default(1);
const fen = z.number().int().min(1).max(100_000_000);
const number = z.string().min(1).max(64);
const delayed = z.strictObject({ kind: z.literal('delay'), ms: z.number().int().min(0).max(600_000) });
const repeated = z.strictObject({ kind: z.literal('repeat'), times: z.number().int().min(1).max(100) });

const FaultShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('delay'), ms: z.number().int().min(0).max(120_000) }),
  z.strictObject({
    kind: z.literal('status'),
    status: z.number().int().min(200).max(599),
    body: z.unknown().optional(),
  }),
  z.strictObject({ kind: z.literal('reset') }),
  z.strictObject({ kind: z.literal('lost') }),
  z.strictObject({ kind: z.literal('cut'), afterBytes: z.number().int().min(0).max(100_000_000) }),
]) satisfies z.ZodType<Fault>;

const PayNotifications = z.union([
  z.strictObject({ kind: z.enum(['deliver', 'drop', 'reorder', 'corrupt', 'forge', 'stale', 'probe']) }),
  delayed,
  repeated,
]) satisfies z.ZodType<NotificationMode>;

/** Alipay's notifications and WeChat's pushes travel alike. */
const OtherNotifications = z.union([
  z.strictObject({ kind: z.enum(['deliver', 'drop', 'corrupt', 'forge']) }),
  delayed,
  repeated,
]) satisfies z.ZodType<AlipayNotificationMode> & z.ZodType<PushMode>;

const PayRefunds = z.union([
  z.strictObject({ kind: z.literal('wait') }),
  z.strictObject({
    kind: z.literal('end'),
    as: z.enum(['SUCCESS', 'ABNORMAL', 'CLOSED']),
    afterMs: z.number().int().min(0).max(86_400_000).default(0),
  }),
]) satisfies z.ZodType<RefundOutcome>;

const Bill = z.union([
  z.strictObject({ kind: z.enum(['creating', 'wrong_totals', 'corrupt']) }),
  z.strictObject({ kind: z.literal('leave_out'), number }),
  z.strictObject({ kind: z.literal('change_amount'), number, fen }),
  z.strictObject({ kind: z.literal('stranger'), day: z.iso.date(), outTradeNo: number, fen }),
]) satisfies z.ZodType<BillSpoiling>;

/** What `POST /sandbox/faults` takes: an exchange to spoil, or a switch of one vendor's to turn. */
export const FaultRequest = z.union([
  z.strictObject({
    vendor: z.enum(vendorNames),
    path: z.string().max(200).default('/'),
    times,
    fault: FaultShape,
  }),
  z.strictObject({ vendor: z.literal('sms'), refuseNumber: z.string().max(20), code: z.string().max(100).optional() }),
  z.strictObject({ vendor: z.literal('sms'), acceptNumber: z.string().max(20) }),
  z.strictObject({ vendor: z.literal('sms'), limitEachNumberMs: z.number().int().min(0).max(86_400_000) }),
  z.strictObject({ vendor: z.literal('wechat'), giveUnionid: z.boolean() }),
  z.strictObject({ vendor: z.literal('wechat'), dropTokens: z.literal(true) }),
  z.strictObject({ vendor: z.literal('wechat'), pushes: OtherNotifications }),
  z.strictObject({
    vendor: z.literal('wechat'),
    refunds: z.enum(['at_once', 'later', 'fail']) satisfies z.ZodType<VirtualRefundMode>,
  }),
  z.strictObject({
    vendor: z.literal('wechat'),
    agreement: z.enum(['always', 'counted', 'never']) satisfies z.ZodType<Agreement>,
  }),
  z.strictObject({ vendor: z.literal('pay'), notifications: PayNotifications }),
  z.strictObject({ vendor: z.literal('pay'), refunds: PayRefunds }),
  z.strictObject({ vendor: z.literal('pay'), balance: z.enum(['enough', 'short']) }),
  z.strictObject({ vendor: z.literal('pay'), refundSpacingMs: z.number().int().min(0).max(600_000) }),
  z.strictObject({ vendor: z.literal('pay'), tellOfConsole: z.boolean() }),
  z.strictObject({ vendor: z.literal('pay'), bill: Bill }),
  z.strictObject({
    vendor: z.literal('pay'),
    spoilAnswers: z.enum(['tampered', 'unsigned', 'stale', 'forged', 'foreign']),
    path: z.string().max(200).optional(),
    times,
  }),
  z.strictObject({ vendor: z.literal('alipay'), notifications: OtherNotifications }),
  z.strictObject({
    vendor: z.literal('alipay'),
    refunds: z.enum(['now', 'later', 'short']) satisfies z.ZodType<RefundMode>,
  }),
  z.strictObject({
    vendor: z.literal('alipay'),
    spoilAnswers: z.enum(answerSpoilings),
    method: z.string().max(100).optional(),
    times,
  }),
  RunningHubRequest,
]);
export type FaultRequest = z.infer<typeof FaultRequest>;
type Of<V extends FaultRequest['vendor']> = Extract<FaultRequest, { vendor: V }>;

export function applyFault(simulators: Simulators, request: FaultRequest): void {
  if ('fault' in request) {
    const { vendor, path, times: count, fault } = request;
    simulators[vendor].faults.plan({ path, times: count, fault });
  } else if (request.vendor === 'sms') turnSms(simulators, request);
  else if (request.vendor === 'wechat') turnWechat(simulators, request);
  else if (request.vendor === 'pay') turnPay(simulators, request);
  else if (request.vendor === 'alipay') turnAlipay(simulators, request);
  else turnRunningHub(simulators.runninghub, request);
}

function turnSms({ sms }: Simulators, request: Of<'sms'>): void {
  if ('refuseNumber' in request) sms.refuseNumber(request.refuseNumber, request.code);
  if ('acceptNumber' in request) sms.acceptNumber(request.acceptNumber);
  if ('limitEachNumberMs' in request) sms.limitEachNumber(request.limitEachNumberMs);
}

function turnWechat({ wechat }: Simulators, request: Of<'wechat'>): void {
  if ('giveUnionid' in request) wechat.giveUnionid(request.giveUnionid);
  if ('dropTokens' in request) wechat.dropTokens();
  if ('pushes' in request) wechat.push.setMode(request.pushes);
  if ('agreement' in request) wechat.subscriptions.setAgreement(request.agreement);
  if ('refunds' in request) wechat.virtual.setRefundMode(request.refunds);
}

function turnPay({ pay }: Simulators, request: Of<'pay'>): void {
  if ('notifications' in request) pay.notifications.setMode(request.notifications);
  if ('refunds' in request) pay.refunds.setOutcome(request.refunds);
  if ('balance' in request) pay.refunds.setBalance(request.balance);
  if ('refundSpacingMs' in request) pay.refunds.setSpacingMs(request.refundSpacingMs);
  if ('tellOfConsole' in request) pay.refunds.tellOfConsole(request.tellOfConsole);
  if ('bill' in request) pay.bills.spoil(request.bill);
  if ('spoilAnswers' in request) {
    const { spoilAnswers: spoiling, times: count, path } = request;
    pay.spoilAnswers({ spoiling, times: count, path });
  }
}

function turnAlipay({ alipay }: Simulators, request: Of<'alipay'>): void {
  if ('notifications' in request) alipay.notifications.setMode(request.notifications);
  if ('refunds' in request) alipay.setRefundMode(request.refunds);
  if ('spoilAnswers' in request) {
    const { spoilAnswers: spoiling, times: count, method } = request;
    alipay.spoilAnswers({ spoiling, times: count, method });
  }
}

/** All faults away, and every switch back to where it stood at the start. */
export function clearFaults(simulators: Simulators): void {
  const { sms, wechat, pay, alipay, runninghub } = simulators;
  for (const vendor of vendorNames) simulators[vendor].faults.clear();
  for (const { phone } of sms.refusedNumbers()) sms.acceptNumber(phone);
  sms.limitEachNumber(0);
  wechat.giveUnionid(false);
  wechat.push.setMode({ kind: 'deliver' });
  wechat.virtual.setRefundMode('at_once');
  wechat.subscriptions.setAgreement('always');
  pay.notifications.setMode({ kind: 'deliver' });
  pay.refunds.reset();
  pay.bills.clear();
  alipay.notifications.setMode({ kind: 'deliver' });
  alipay.setRefundMode('now');
  alipay.clearSpoiling();
  pay.signWith('as_asked');
  runninghub.reset();
}
