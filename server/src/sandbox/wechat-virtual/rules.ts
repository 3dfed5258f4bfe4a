import { createHmac } from 'node:crypto';
import type { VirtualPayment } from '@suyi/shared-types';
import { z } from 'zod';

export type VirtualMerchant = {
  offerId: string;
  appKey: string;
  /** 0 is live, 1 WeChat's sandbox. */
  env: 0 | 1;
  /** Published items and their prices in fen. */
  products: Readonly<Record<string, number>>;
};

export type VirtualPlatform = 'android' | 'ios';

/** What `wx.requestVirtualPayment` hands to its fail callback. */
export class VirtualPayFault extends Error {
  override name = 'VirtualPayFault';

  constructor(
    readonly errCode: number,
    readonly errMsg: string,
  ) {
    super(`requestVirtualPayment:fail ${errMsg}`);
  }
}

const SignData = z.strictObject({
  offerId: z.string().min(1),
  buyQuantity: z.number().int().positive(),
  env: z.union([z.literal(0), z.literal(1)]).default(0),
  currencyType: z.string(),
  productId: z.string().min(1),
  goodsPrice: z.number().int().positive(),
  activitySellingPrice: z.number().int().positive().optional(),
  outTradeNo: z.string(),
  attach: z.string(),
});
export type SignData = z.infer<typeof SignData>;

/** The newest login key of this buyer comes first: it is the only one that holds. */
export type SessionKeysOf = (openid: string) => readonly string[];

export const hmac = (key: string, text: string): string => createHmac('sha256', key).update(text, 'utf8').digest('hex');

/** What the phone asks to be paid, or `VirtualPayFault` with WeChat's own number for what is wrong with it. */
export function readPayment(
  params: VirtualPayment,
  buyer: { openid: string; platform: VirtualPlatform; sessionKeysOf: SessionKeysOf },
  merchant: VirtualMerchant | null,
): SignData {
  if (!merchant) throw new VirtualPayFault(-15008, '二级商户进件未完成');
  if (params.mode !== 'short_series_goods') throw new VirtualPayFault(-15001, '参数错误: mode');
  const data = readSignData(params.signData);
  checkSignatures(params, buyer, merchant);
  checkMerchant(data, merchant);
  checkPlatform(data, buyer.platform);
  checkGoods(data, merchant);
  return data;
}

function readSignData(text: string): SignData {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text) as unknown;
  } catch {
    throw new VirtualPayFault(-15016, 'signData格式有问题');
  }

  const data = SignData.safeParse(parsed);
  if (!data.success)
    throw new VirtualPayFault(-15001, `参数错误: ${data.error.issues[0]?.path.join('.') ?? 'signData'}`);
  if (data.data.currencyType !== 'CNY') throw new VirtualPayFault(-15004, 'currencyType错误,目前只能填CNY');
  if (!/^(?!_)[0-9A-Za-z_\-|*@]{8,32}$/.test(data.data.outTradeNo)) {
    throw new VirtualPayFault(-15001, '参数错误: outTradeNo');
  }
  return data.data;
}

function checkSignatures(
  { signData, paySig, signature }: VirtualPayment,
  buyer: { openid: string; sessionKeysOf: SessionKeysOf },
  merchant: VirtualMerchant,
): void {
  if (hmac(merchant.appKey, `requestVirtualPayment&${signData}`) !== paySig) {
    throw new VirtualPayFault(-15006, '支付签名paySig错误');
  }
  const [newest, ...older] = buyer.sessionKeysOf(buyer.openid);
  if (newest !== undefined && hmac(newest, signData) === signature) return;

  const wasRight = older.some((key) => hmac(key, signData) === signature);
  if (newest === undefined || wasRight) throw new VirtualPayFault(-15007, 'session_key过期');
  throw new VirtualPayFault(-15005, '用户态签名signature错误');
}

function checkMerchant({ offerId, env }: SignData, merchant: VirtualMerchant): void {
  if (offerId !== merchant.offerId) throw new VirtualPayFault(-15001, '参数错误: offerId');
  if (env === merchant.env) return;
  if (env === 1) throw new VirtualPayFault(-15011, '现网版本的env只能是0,不能填1(沙盒环境)');
  throw new VirtualPayFault(-15001, '参数错误: env');
}

function checkPlatform({ env, goodsPrice }: SignData, platform: VirtualPlatform): void {
  if (platform === 'android') return;
  if (env === 1) throw new VirtualPayFault(-15001, 'PAYMENT_ILLEGAL_IN_SANDBOX');
  if (goodsPrice < 100) throw new VirtualPayFault(-15001, 'Apple 支付最低金额为1元');
}

function checkGoods({ productId, goodsPrice }: SignData, { products }: VirtualMerchant): void {
  const price = new Map(Object.entries(products)).get(productId);
  if (price === undefined) throw new VirtualPayFault(-15010, '道具productId未发布');
  if (price !== goodsPrice) throw new VirtualPayFault(-15013, 'goodsPrice道具价格错误');
}
