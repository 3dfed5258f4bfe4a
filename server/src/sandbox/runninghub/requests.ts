import type { Context } from 'koa';
import { z } from 'zod';
import { parseJson } from '../../vendors/http';
import { readBody } from '../read-body';
import { RunningHubFault } from './fault';

const Node = z.object({
  nodeId: z.string().min(1).max(40),
  fieldName: z.string().min(1).max(80),
  fieldValue: z.string().max(20_000),
});

/** What both versions say of an order; v2 names the app in its path. */
const Order = z.object({
  nodeInfoList: z.array(Node).min(1).max(100),
  webhookUrl: z.url().max(2_000).nullish(),
  addMetadata: z.boolean().optional(),
});

export const V2Order = Order;
export const V1Order = Order.extend({ webappId: z.union([z.string(), z.number()]).transform(String) });
export type CreateRequest = z.infer<typeof V1Order>;

export const TaskRequest = z.object({ taskId: z.string().min(1).max(40) });
export const RetryRequest = z.object({ webhookId: z.string().min(1).max(40), webhookUrl: z.url().max(2_000) });

const jsonMax = 256 * 1024;
const formMax = 64 * 1024 * 1024;

export const readJson = async (ctx: Context): Promise<unknown> =>
  parseJson((await readBody(ctx.req, jsonMax)) ?? Buffer.alloc(0));

/** The body in this shape; throws the vendor's number for one that is not. */
export function parseRequest<T>(shape: z.ZodType<T>, body: unknown, code: number): T {
  const parsed = shape.safeParse(body);
  if (!parsed.success) throw new RunningHubFault(code);
  return parsed.data;
}

export type UploadForm = { fields: Map<string, string>; file: Buffer };

/** Throws 808 for what is no form with a file in it. */
export async function readUpload(ctx: Context): Promise<UploadForm> {
  const body = await readBody(ctx.req, formMax);
  if (!body) throw new RunningHubFault(809);
  if (!ctx.is('multipart/form-data')) throw new RunningHubFault(808);

  const parsed = new Response(new Uint8Array(body), { headers: { 'content-type': ctx.get('content-type') } });
  const form = await parsed.formData().catch(() => null);
  const fields = new Map<string, string>();
  let file: Buffer | null = null;
  for (const [name, value] of form ?? []) {
    if (typeof value === 'string') fields.set(name, value);
    else if (name === 'file') file = Buffer.from(await value.arrayBuffer());
  }
  if (!file) throw new RunningHubFault(808);
  return { fields, file };
}

/** Where the caller found us. Koa's own `ctx.origin` is what a browser says of itself. */
export const originOf = (ctx: Context): string => `${ctx.protocol}://${ctx.host}`;
