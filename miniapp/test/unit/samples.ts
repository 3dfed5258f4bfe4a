import type {
  ConfirmedOrderDto,
  MembershipDto,
  OrderDto,
  PlanDto,
  SessionDto,
  TaskDto,
  ToolDto,
  ToolsDto,
} from '@suyi/shared-types';
import { Fen, Uses } from '@suyi/shared-types';

const day = 24 * 3600 * 1000;
export const inDays = (days: number) => new Date(Date.now() + days * day).toISOString();

export const sampleSession = (userId = 'user_1'): SessionDto => ({
  token: `token-of-${userId}`,
  expiresAt: inDays(7),
  user: { id: userId, phoneMasked: '138****8000', hasWechat: true, createdAt: '2026-11-20T03:00:00.000Z' },
});

export const samplePlan = (changes: Partial<PlanDto> = {}): PlanDto => ({
  id: 'month',
  name: '月度会员',
  priceFen: Fen.parse(9900),
  uses: Uses.parse(100),
  days: 30,
  channels: ['wechat_jsapi'],
  ...changes,
});

export const sampleOrder = (status: OrderDto['status'], changes: Partial<OrderDto> = {}): OrderDto => ({
  id: 'order_1',
  status,
  channel: 'wechat_jsapi',
  planId: 'month',
  planName: '月度会员',
  priceFen: Fen.parse(9900),
  uses: Uses.parse(100),
  days: 30,
  createdAt: inDays(0),
  payBefore: inDays(0.05),
  paidAt: status === 'paid' ? inDays(0) : null,
  refundedFen: Fen.parse(0),
  ...changes,
});

/** What `confirm` answers. Not certain: the provider did not answer. */
export const sampleConfirmed = (order: OrderDto, isCertain = true): ConfirmedOrderDto => ({ ...order, isCertain });

export const samplePayment = () => ({
  timeStamp: '1',
  nonceStr: 'n',
  package: 'prepay_id=wx1',
  signType: 'RSA' as const,
  paySign: 's',
});

export const sampleVirtualPayment = () => ({
  mode: 'short_series_goods' as const,
  signData: '{"offerId":"1",  "outTradeNo":"order_1"}',
  paySig: 'pay',
  signature: 'user',
});

export const sampleMembership = (remaining: number): MembershipDto => ({
  isMember: remaining > 0,
  quotaRemaining: Uses.parse(remaining),
  quotaHeld: Uses.parse(0),
  quotaExpireAt: remaining > 0 ? inDays(20) : null,
  graceUntil: null,
  plan: null,
});

export const sampleTask = (status: TaskDto['status'], id = 'task_1'): TaskDto => ({
  id,
  type: 'basic_clean',
  status,
  params: {},
  input: { mediaId: 'media_1', url: '/api/media/files/in.jpg' },
  results: [],
  progress: 0,
  queuePosition: status === 'queued' ? 2 : null,
  estimate: null,
  measures: null,
  errorCode: null,
  errorReason: null,
  quotaEffect: 'held',
  retryOf: null,
  createdAt: inDays(0),
  updatedAt: inDays(0),
  finishedAt: null,
});

export const samplePoseTool = (changes: Partial<ToolDto> = {}): ToolDto => ({
  type: 'model_pose12',
  price: 1,
  isOpen: true,
  pausedReason: null,
  retryAfterSeconds: null,
  waiting: 0,
  estimate: { lowSeconds: 185, highSeconds: 340 },
  choices: [
    {
      name: 'scene',
      label: '场景',
      options: [
        { value: 'studio', label: '影棚' },
        { value: 'beach', label: '海边' },
      ],
      default: 'studio',
    },
    {
      name: 'category',
      label: '品类',
      options: [
        { value: 'top', label: '上衣' },
        { value: 'dress', label: '连衣裙' },
      ],
      default: 'top',
    },
  ],
  ...changes,
});

export const sampleTools = (pose: Partial<ToolDto> = {}, messageTemplateId: string | null = null): ToolsDto => ({
  items: [
    samplePoseTool({ type: 'basic_clean', choices: [], estimate: { lowSeconds: 2, highSeconds: 4 } }),
    samplePoseTool(pose),
  ],
  messageTemplateId,
});

export const problemBody = (status: number, code: string, detail: string, extras: object = {}) => ({
  statusCode: status,
  data: { type: 'about:blank', title: code, status, detail, code, requestId: 'req_1', ...extras },
});

/** A set with so many frames; each answer of the server signs their links anew. */
export const sampleSet = (count: number, sign = 'first'): TaskDto => ({
  ...sampleTask('succeeded', 'set_1'),
  type: 'model_pose12',
  params: { scene: 'street', category: 'dress', model: 'woman', body: 'average', shouldNotify: false },
  results: Array.from({ length: count }, (_, index) => ({
    url: `/api/media/files/result/set_1/frame-${index}.jpg?sign=${sign}`,
    width: 1152,
    height: 1536,
    byteLength: 300_000,
    contentType: 'image/jpeg',
    role: 'frame' as const,
    thumbnailUrl: `/api/media/files/result/set_1/small-${index}.jpg?sign=${sign}`,
  })),
  progress: 100,
  measures: { framesWanted: 12, framesSaved: count },
  quotaEffect: count < 12 ? 'released' : 'captured',
  finishedAt: inDays(0),
});
