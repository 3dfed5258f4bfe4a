import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  JsapiPayment,
  MembershipDto,
  OrderDto,
  OrderWithPaymentDto,
  pageOf,
  QuotaEntryDto,
  SessionDto,
  TaskDto,
  type EntryKind,
} from '@suyi/shared-types';
import { z } from 'zod';
import { freePort } from '../../server/test/free-port';
import { startServer } from '../../server/test/server-process';

/** A seller's uses as the API tells them; the entries oldest first, as `grant 100`. */
export type Uses = { remaining: number; held: number; entries: `${EntryKind} ${number}`[] };

/** The whole product, built and running as a process of its own, with the vendors' sandbox behind it. */
export type Product = {
  origin: string;
  /** A phone number that nobody used before. */
  newNumber(): string;
  /** The code that the SMS vendor delivered last. */
  codeFor(phone: string): Promise<string>;
  /** By WeChat's phone number button, so that the number's codes by SMS stay for the test. */
  signIn(phone: string): Promise<SessionDto>;
  /** Signs a new seller in and buys them a membership of a hundred uses. */
  newMember(): Promise<SessionDto>;
  /** Pays what `requestPayment` was given, as the payer does at the provider. */
  payAtProvider(prepayId: string): Promise<void>;
  /**
   * Hands over what `requestVirtualPayment` was given, as the phone of this person does, to pay it or only to open its
   * cashier. Answers WeChat's number for what came of it; 0 where that worked.
   */
  callVirtualCashier(deed: 'pay' | 'open', payment: object, person: string): Promise<number>;
  /** A person sends all of the newest order's money back at WeChat Pay's console; resolves when the order says so. */
  refundAtConsole(session: SessionDto): Promise<void>;
  /** How long the maker of poses takes for a job, or how many pictures its next job gives. */
  turnPoses(deed: { paceMs: number } | { shortOf: number }): Promise<void>;
  logOut(session: SessionDto): Promise<void>;
  usesOf(session: SessionDto): Promise<Uses>;
  tasksOf(session: SessionDto): Promise<TaskDto[]>;
  /** Ends it. Throws when it logged an error, or was not ready (its ledger out of balance, say) before the end. */
  stop(): Promise<void>;
};

const SandboxState = z.object({
  messages: z.array(z.object({ phone: z.string(), code: z.string() })),
  orders: z.array(z.object({ outTradeNo: z.string(), prepayId: z.string() })),
});

const SandboxRefunds = z.object({ refunds: z.array(z.object({ outRefundNo: z.string() })) });
const VirtualRefusal = z.object({ errCode: z.number() });

/** `settings` are environment variables of this product alone. */
export async function startProduct(settings: Record<string, string> = {}): Promise<Product> {
  const folder = mkdtempSync(join(tmpdir(), 'suyi-journey-'));
  const server = await startServer({
    PORT: String(await freePort()),
    DATA_DIR: folder,
    IMAGING_PROCESSES: '1',
    SMS_PER_IP_HOUR: '100000',
    ...settings,
  });
  const { origin } = server;
  let numbers = 0;
  const nextNumber = () => (numbers += 1);
  // The part before the point says who it is, the part after it makes the code a new one.
  const newWxCode = (phone: string) => `test${phone}.${nextNumber()}`;

  async function ask(method: string, path: string, { session, body }: { session?: SessionDto; body?: object } = {}) {
    const answer = await fetch(origin + path, {
      method,
      headers: {
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
        ...(session && { authorization: `Bearer ${session.token}` }),
        ...(method === 'POST' && { 'idempotency-key': `test-key-${nextNumber()}` }),
      },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? null : (JSON.parse(text) as unknown);
  }

  const sandbox = async () => SandboxState.parse(await ask('GET', '/sandbox/state.json'));

  const product: Product = {
    origin,
    newNumber: () => `138${String(nextNumber()).padStart(8, '0')}`,

    async codeFor(phone) {
      // The vendor writes numbers with their country's code.
      const message = (await sandbox()).messages.find((each) => each.phone.endsWith(phone));
      if (!message) throw new Error(`no message was sent to ${phone}`);
      return message.code;
    },

    async signIn(phone) {
      const body = { wxCode: newWxCode(phone), phoneCode: `phone-${phone}.${nextNumber()}` };
      return SessionDto.parse(await ask('POST', '/api/auth/wechat', { body }));
    },

    async newMember() {
      const phone = product.newNumber();
      const session = await product.signIn(phone);
      const body = { planId: 'monthly', channel: 'wechat_jsapi', wxCode: newWxCode(phone) };
      const { order, payment } = OrderWithPaymentDto.parse(
        await ask('POST', '/api/membership/orders', { session, body }),
      );
      await product.payAtProvider(JsapiPayment.parse(payment).package.replace('prepay_id=', ''));
      await ask('POST', `/api/membership/orders/${order.id}/confirm`, { session });
      return session;
    },

    async payAtProvider(prepayId) {
      const order = (await sandbox()).orders.find((each) => each.prepayId === prepayId);
      if (!order) throw new Error(`the provider knows no order ${prepayId}`);
      await ask('POST', `/sandbox/orders/${order.outTradeNo}/pay`);
    },

    async callVirtualCashier(deed, payment, person) {
      const answer = await fetch(`${origin}/sandbox/virtual/${deed}`, {
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        body: JSON.stringify({ payment, wxCode: `${person}.phone` }),
      });
      if (answer.status === 200) return 0;
      if (answer.status === 409) return VirtualRefusal.parse(await answer.json()).errCode;
      throw new Error(`POST /sandbox/virtual/${deed}: ${answer.status} ${await answer.text()}`);
    },

    async refundAtConsole(session) {
      const newest = async () => {
        const page = pageOf(OrderDto).parse(await ask('GET', '/api/membership/orders?limit=1', { session }));
        return page.items[0] ?? Promise.reject(new Error('there is no order'));
      };
      const { id } = await newest();
      const { refunds } = SandboxRefunds.parse(await ask('POST', `/sandbox/orders/${id}/refund`));
      for (const { outRefundNo } of refunds) await ask('POST', `/sandbox/refunds/${outRefundNo}/notify`);

      const end = Date.now() + 10_000;
      while ((await newest()).status !== 'refunded') {
        if (Date.now() > end) throw new Error('the refund was never heard of');
        await sleep(100);
      }
    },

    async turnPoses(deed) {
      await ask('POST', '/sandbox/faults', { body: { vendor: 'runninghub', ...deed } });
    },

    async logOut(session) {
      await ask('POST', '/api/auth/logout', { session });
    },

    async usesOf(session) {
      const membership = MembershipDto.parse(await ask('GET', '/api/membership', { session }));
      const page = pageOf(QuotaEntryDto).parse(await ask('GET', '/api/quota/entries?limit=50', { session }));
      const entries = page.items.map(({ kind, uses }) => `${kind} ${uses}` as const).reverse();
      return { remaining: membership.quotaRemaining, held: membership.quotaHeld, entries };
    },

    async tasksOf(session) {
      return pageOf(TaskDto).parse(await ask('GET', '/api/tasks?limit=50', { session })).items;
    },

    async stop() {
      try {
        await ask('GET', '/health/ready');
        const errors = server.output().match(/^.*"level":(?:"error"|"fatal"|50|60)\b.*$/gm);
        if (errors) throw new Error(`the server logged errors:\n${errors.join('\n')}`);
      } finally {
        await server.stop();
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  };
  return product;
}
