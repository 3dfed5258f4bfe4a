import { z } from 'zod';
import type { CosSimulator } from './cos';
import type { Fault, FaultPlan, Faults } from './faults';
import type { SmsMessage, SmsSimulator } from './sms';
import type { WechatSimulator } from './wechat';
import type { WechatPaySimulator } from './wechat-pay';
import type { NotificationAttempt, NotificationMode } from './wechat-pay-notifications';
import type { SandboxOrder } from './wechat-pay-orders';

export type Simulators = { sms: SmsSimulator; wechat: WechatSimulator; pay: WechatPaySimulator; cos: CosSimulator };
export type VendorName = keyof Simulators;

/** Everything that the switchboard shows, on its page and as JSON. */
export type SwitchboardState = {
  messages: readonly SmsMessage[];
  orders: readonly SandboxOrder[];
  notifications: { mode: NotificationMode; attempts: readonly NotificationAttempt[] };
  faults: readonly ({ vendor: VendorName } & FaultPlan)[];
  refusedNumbers: readonly { phone: string; code: string }[];
  smsIntervalMs: number;
  givesUnionid: boolean;
};

export const vendorNames = ['sms', 'wechat', 'pay', 'cos'] as const satisfies readonly VendorName[];
const ordersMax = 50;
const messagesMax = 50;
const attemptsMax = 20;

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

const NotificationShape = z.union([
  z.strictObject({ kind: z.enum(['deliver', 'drop', 'reorder', 'corrupt', 'forge', 'stale', 'probe']) }),
  z.strictObject({ kind: z.literal('delay'), ms: z.number().int().min(0).max(600_000) }),
  z.strictObject({ kind: z.literal('repeat'), times: z.number().int().min(1).max(100) }),
]) satisfies z.ZodType<NotificationMode>;

/** What `POST /sandbox/faults` takes: an exchange to spoil, or a switch of one vendor's to turn. */
export const FaultRequest = z.union([
  z.strictObject({
    vendor: z.enum(vendorNames),
    path: z.string().max(200).default('/'),
    times: z.number().int().min(1).max(1_000).default(1),
    fault: FaultShape,
  }),
  z.strictObject({ vendor: z.literal('sms'), refuseNumber: z.string().max(20), code: z.string().max(100).optional() }),
  z.strictObject({ vendor: z.literal('sms'), acceptNumber: z.string().max(20) }),
  z.strictObject({ vendor: z.literal('sms'), limitEachNumberMs: z.number().int().min(0).max(86_400_000) }),
  z.strictObject({ vendor: z.literal('wechat'), giveUnionid: z.boolean() }),
  z.strictObject({ vendor: z.literal('wechat'), dropTokens: z.literal(true) }),
  z.strictObject({ vendor: z.literal('pay'), notifications: NotificationShape }),
  z.strictObject({
    vendor: z.literal('pay'),
    spoilAnswers: z.enum(['tampered', 'unsigned', 'stale', 'forged', 'foreign']),
    path: z.string().max(200).optional(),
    times: z.number().int().min(1).max(1_000).default(1),
  }),
]);
export type FaultRequest = z.infer<typeof FaultRequest>;

export function applyFault(simulators: Simulators, request: FaultRequest): void {
  const { sms, wechat, pay } = simulators;
  if ('fault' in request) {
    const { vendor, path, times, fault } = request;
    simulators[vendor].faults.plan({ path, times, fault });
  }
  if ('refuseNumber' in request) sms.refuseNumber(request.refuseNumber, request.code);
  if ('acceptNumber' in request) sms.acceptNumber(request.acceptNumber);
  if ('limitEachNumberMs' in request) sms.limitEachNumber(request.limitEachNumberMs);
  if ('giveUnionid' in request) wechat.giveUnionid(request.giveUnionid);
  if ('dropTokens' in request) wechat.dropTokens();
  if ('notifications' in request) pay.notifications.setMode(request.notifications);
  if ('spoilAnswers' in request) {
    const { spoilAnswers: spoiling, times, path } = request;
    pay.spoilAnswers({ spoiling, times, path });
  }
}

/** All faults away, and every switch back to where it stood at the start. */
export function clearFaults(simulators: Simulators): void {
  for (const vendor of vendorNames) faultsOf(simulators, vendor).clear();
  for (const { phone } of simulators.sms.refusedNumbers()) simulators.sms.acceptNumber(phone);
  simulators.sms.limitEachNumber(0);
  simulators.wechat.giveUnionid(false);
  simulators.pay.notifications.setMode({ kind: 'deliver' });
}

export function stateOf(simulators: Simulators): SwitchboardState {
  const { sms, wechat, pay } = simulators;
  return {
    messages: sms.messages().slice(0, messagesMax),
    orders: pay.orders().slice(0, ordersMax),
    notifications: { mode: pay.notifications.mode(), attempts: pay.notifications.attempts().slice(0, attemptsMax) },
    faults: vendorNames.flatMap((vendor) =>
      faultsOf(simulators, vendor)
        .planned()
        .map((plan) => ({ vendor, ...plan })),
    ),
    refusedNumbers: sms.refusedNumbers(),
    smsIntervalMs: sms.numberIntervalMs(),
    givesUnionid: wechat.givesUnionid(),
  };
}

const faultsOf = (simulators: Simulators, vendor: VendorName): Faults => simulators[vendor].faults;
