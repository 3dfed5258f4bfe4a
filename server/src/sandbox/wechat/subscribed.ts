import { z } from 'zod';
import { clock } from '../../lib/clock';

/** A message that "arrived" in somebody's WeChat. */
export type SubscribedMessageShown = {
  openid: string;
  templateId: string;
  /** Where a tap leads. */
  page: string | null;
  values: Record<string, string>;
  at: number;
};

/**
 * Whether people have agreed. `always`, as at the start: whoever is written to, because the sandbox does not see the tap.
 * `counted`: once for each `agree`. `never`: nobody, or they have turned it off.
 */
export type Agreement = 'always' | 'counted' | 'never';

export type Subscriptions = {
  setAgreement(agreement: Agreement): void;
  agreement(): Agreement;
  /** What a tap on 允许 does: one message of this template, or of every template, to this person. */
  agree(openid: string, templateId?: string): void;
  /** Newest first, the last 200. */
  messages(): readonly SubscribedMessageShown[];
};

/** Templates by their id, each with the names of its fields. */
export type MessageTemplates = Readonly<Record<string, readonly string[]>>;

const SendRequest = z.object({
  touser: z.string(),
  template_id: z.string(),
  page: z.string().max(1_024).optional(),
  data: z.record(z.string(), z.object({ value: z.string() })),
  miniprogram_state: z.enum(['developer', 'trial', 'formal']).optional(),
  lang: z.enum(['zh_CN', 'en_US', 'zh_HK', 'zh_TW']).optional(),
});

const messagesMax = 200;
const agreementsMax = 10_000;

/** WeChat's messages that a person agreed to at a tap (订阅消息). `answer` takes the body of a send, and gives an errcode, 0 for sent. */
export function createSubscriptions(templates: MessageTemplates): Subscriptions & { answer(body: unknown): number } {
  const agreed = new Map<string, number>();
  let agreement: Agreement = 'always';
  let messages: SubscribedMessageShown[] = [];

  const keyOf = (openid: string, templateId: string): string => `${openid} ${templateId}`;

  function spendAgreement(openid: string, templateId: string): boolean {
    if (agreement !== 'counted') return agreement === 'always';
    const left = agreed.get(keyOf(openid, templateId)) ?? 0;
    if (left > 0) agreed.set(keyOf(openid, templateId), left - 1);
    return left > 0;
  }

  function answer(body: unknown): number {
    const request = SendRequest.safeParse(body);
    if (!request.success) return 47001;
    const { touser: openid, template_id: templateId, page, data } = request.data;
    if (!/^o[\w-]{27}$/.test(openid)) return 40003;
    const names = Object.hasOwn(templates, templateId) ? templates[templateId] : undefined;
    if (!names) return 40037;
    if (page?.startsWith('/')) return 41030;

    const values = Object.fromEntries(Object.entries(data).map(([name, { value }]) => [name, value]));
    const isWhole = names.length === Object.keys(values).length && names.every((name) => Object.hasOwn(values, name));
    if (!isWhole || !Object.entries(values).every(([name, value]) => isFitting(name, value))) return 47003;
    if (!spendAgreement(openid, templateId)) return 43101;

    messages = [{ openid, templateId, page: page ?? null, values, at: clock.now() }, ...messages].slice(0, messagesMax);
    return 0;
  }

  return {
    setAgreement: (next) => {
      agreement = next;
    },
    agreement: () => agreement,
    agree(openid, templateId) {
      for (const id of templateId === undefined ? Object.keys(templates) : [templateId]) {
        if (agreed.size < agreementsMax) agreed.set(keyOf(openid, id), (agreed.get(keyOf(openid, id)) ?? 0) + 1);
      }
    },
    messages: () => messages,
    answer,
  };
}

const clockTime = String.raw`\d{1,2}:\d{2}(?::\d{2})?`;
const day = String.raw`\d{4}(?:年\d{1,2}月\d{1,2}日|[-/.]\d{1,2}[-/.]\d{1,2})`;

/** What may stand in a field, by the word that its name begins with. */
const rules: Record<string, RegExp> = {
  thing: /^.{1,20}$/u,
  character_string: /^[\x20-\x7e]{1,32}$/,
  number: /^(?=.{1,32}$)\d+(?:\.\d+)?$/,
  letter: /^[A-Za-z]{1,32}$/,
  symbol: /^[^\p{L}\p{N}]{1,5}$/u,
  phrase: /^\p{Script=Han}{1,5}$/u,
  name: /^(?:\p{Script=Han}{1,10}|[A-Za-z ]{1,20})$/u,
  amount: /^[¥￥$]?\d{1,10}(?:\.\d+)?元?$/,
  time: new RegExp(`^(?:${day} ?)?${clockTime}$`),
  date: new RegExp(`^${day}(?: ?${clockTime})?$`),
};

/** No field may be empty or hold a control character. */
function isFitting(name: string, value: string): boolean {
  const kind = /^([a-z_]+)\d+$/.exec(name)?.[1] ?? '';
  const rule = Object.hasOwn(rules, kind) ? rules[kind] : undefined;
  return rule !== undefined && rule.test(value) && !/\p{Cc}/u.test(value);
}
