import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { parseJson } from '../../vendors/http';
import { readBody } from '../read-body';
import { VirtualPayFault } from '../wechat-virtual/wechat-virtual';

const Amount = z.strictObject({ fen: z.number().int().min(1).optional() });

/**
 * Does what a button or a program asks for: a browser is sent on to `next`, or to the switchboard, a program gets what `show` says then, or 404 where
 * there is nothing of that name, or 409 with the vendor's words where it will not be done.
 */
export async function answerDeed(
  ctx: RouterContext,
  deed: { act(): unknown; show(): Record<string, unknown> | null; next?(): string },
): Promise<void> {
  const refused = deed.show() === null ? null : await refusalOf(deed.act);
  if (ctx.accepts('json', 'html') === 'html') {
    ctx.status = 303;
    ctx.redirect(deed.next?.() ?? '/sandbox');
    return;
  }
  const shown = deed.show();
  ctx.status = shown === null ? 404 : refused ? 409 : 200;
  ctx.body = refused ?? shown ?? { error: '沙箱里没有这一笔' };
}

/** What the vendor threw, in its own words; null when it did as asked. */
async function refusalOf(act: () => unknown): Promise<Record<string, unknown> | null> {
  try {
    await act();
    return null;
  } catch (error) {
    if (error instanceof VirtualPayFault) return { errCode: error.errCode, errMsg: error.errMsg };
    if (error instanceof Error) return { error: error.message };
    throw error;
  }
}

/** The JSON that was sent, whether or not the app around us has read the body already. Undefined: none, or a form's. */
export async function bodyOf(ctx: Context): Promise<unknown> {
  if (ctx.req.readableDidRead) return Reflect.get(ctx.request, 'body');
  const body = await readBody(ctx.req, 64 * 1024);
  return body ? parseJson(body) : undefined;
}

/** The amount that was sent along, or null for all that is left. Throws for what is no amount. */
export async function amountOf(ctx: Context): Promise<number | null> {
  const asked = Amount.safeParse((await bodyOf(ctx)) ?? {});
  if (!asked.success) throw new Error('金额要写成 {"fen": 1} 这样的整数');
  return asked.data.fen ?? null;
}

export const single = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;
