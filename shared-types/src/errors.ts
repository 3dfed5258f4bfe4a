import { z } from 'zod';

/**
 * Every error code the server may answer with, its HTTP status, and the Chinese sentence a seller reads: what happened,
 * and what to do. This is the only list; a test holds it against the API's description.
 */
export const errorCatalogue = {
  // the request itself
  invalid_request: [400, '提交的内容不符合要求，请检查标出的项目后重试。'],
  invalid_json: [400, '提交的内容无法读取，请更新小程序后重试。'],
  body_too_large: [413, '提交的内容太大了。'],
  unsupported_content_type: [415, '不支持这种提交格式，请更新小程序后重试。'],
  not_found: [404, '没有找到这项内容，它可能已被删除。'],
  method_not_allowed: [405, '不支持这种操作，请更新小程序后重试。'],
  rate_limited: [429, '操作太频繁了，请稍后再试。'],
  idempotency_key_reused: [409, '同一操作编号提交了不同的内容，请返回后重新操作。'],
  internal_error: [500, '服务器出了点问题，我们已记录。您的次数和图片都在，请稍后再试。'],
  service_unavailable: [503, '服务暂时不可用，请稍后再试。您的次数和图片都在。'],
  vendor_unavailable: [503, '服务暂时没有回应，请稍后再试。没有扣款，您的次数和图片都在。'],

  // signing in
  unauthorized: [401, '请先登录。'],
  token_invalid: [401, '登录状态无效，请重新登录。'],
  token_expired: [401, '登录已过期，请重新登录。'],
  token_revoked: [401, '登录已失效：您已退出登录，或账号有变动。请重新登录。'],
  user_blocked: [403, '账号已被停用，请联系客服。'],
  phone_invalid: [400, '手机号格式不正确，请输入 11 位中国大陆手机号。'],
  code_wrong: [400, '验证码不正确，请核对后重新输入。'],
  code_expired: [400, '验证码已过期，请重新获取。'],
  code_used: [400, '验证码已使用过，请重新获取。'],
  code_burned: [400, '验证码错误次数过多，已失效，请重新获取。'],
  code_too_often: [429, '验证码发送太频繁，请稍后再试。'],
  code_daily_limit: [429, '今天获取验证码的次数已用完，请明天再试。'],
  sms_refused: [422, '短信未能发送到这个号码，请检查号码或稍后再试。'],
  wechat_code_invalid: [400, '微信登录凭证已失效，请重试。'],
  wechat_phone_code_invalid: [400, '手机号授权已失效，请重新授权。'],
  wechat_user_blocked: [403, '微信判定该账号存在风险，暂时无法登录。'],

  // membership and payment
  plan_unknown: [404, '没有这个会员方案，请刷新后重试。'],
  channel_unavailable: [422, '当前环境不支持这种支付方式，请在微信小程序内购买。'],
  openid_required: [422, '请先完成微信登录，再支付。'],
  order_not_payable: [409, '这个订单已关闭或正在确认支付结果，请在“我的”中查看会员状态后再下单。'],
  payment_refused: [422, '支付平台没有受理这个订单，请稍后重试。没有扣款。'],
  order_not_refundable: [
    409,
    '这个订单不能退款：它还没有付款、已经退完，或付款人的账号已注销（请在支付平台后台退款）。',
  ],
  refund_under_way: [409, '这个订单有一笔退款正在进行，请等它结束后再操作。'],
  refund_too_much: [422, '退款金额超过了这个订单还可以退的金额。'],
  notification_rejected: [401, '通知验证失败。'],

  // uses
  membership_required: [402, '您还不是会员，开通后即可使用。'],
  membership_expired: [402, '会员已到期，续费后即可继续使用。'],
  quota_insufficient: [402, '可用次数不足，请续费后再试。'],

  // pictures
  media_too_large: [413, '图片太大了，请选择不超过 30 MB 的照片。'],
  media_empty: [422, '上传的文件是空的，请重新选择照片。'],
  media_missing: [409, '还没有收到图片，请重新上传。'],
  media_not_ready: [409, '图片还没有上传完成，请稍候。'],
  media_unreadable: [422, '图片已损坏或不完整，请重新拍摄或换一张。'],
  media_unsupported_type: [415, '不支持这种文件，请上传 JPG、PNG 或 WebP 照片。'],
  media_heic_unsupported: [
    415,
    '暂不支持 HEIC 照片。请在手机“设置 › 相机 › 格式”中选择“兼容性最佳”，或选择压缩后的照片。',
  ],
  media_too_many_pixels: [422, '图片像素过大，请上传不超过 5000 万像素的照片。'],
  media_too_small: [422, '图片太小了，短边至少需要 300 像素。'],
  media_bad_ratio: [422, '图片太长或太宽了，长宽比请不要超过 10:1。'],
  media_not_found: [404, '没有找到这张图片，请重新上传。'],
  upload_expired: [410, '上传凭证已过期，请重新选择照片。'],
  upload_refused: [403, '上传凭证无效，请重新选择照片。'],
  link_expired: [410, '链接已过期，请刷新页面后重试。'],
  link_invalid: [403, '链接无效，请刷新页面后重试。'],

  // tasks
  task_type_unknown: [400, '没有这种任务类型，请更新小程序后重试。'],
  task_type_paused: [503, '这项功能暂时停用，恢复前不会扣除次数。'],
  task_not_cancellable: [409, '任务已开始或已结束，无法取消。'],
  task_not_retryable: [409, '只有没做成、没做全或已取消的任务可以重试。'],
  task_not_final: [409, '任务还在进行，请等它结束后再删除。'],

  // the admin site
  admin_login_wrong: [401, '用户名、密码或动态码不对；连续输错 5 次会锁定 15 分钟。'],
  admin_password_wrong: [400, '当前密码或动态码不对。'],
  admin_forbidden: [403, '您的角色没有这项权限，请联系负责人。'],
  admin_forged: [403, '页面已过期或来源不对，请回到后台重新打开页面再提交。'],
  admin_name_taken: [409, '已有同名的管理员，请换一个用户名。'],
  admin_last_owner: [409, '至少要留一位可以登录的负责人。'],
  admin_not_needed: [409, '现在的状态不需要或不能这样操作，请刷新页面查看。'],
} as const satisfies Record<string, readonly [status: number, detail: string]>;

export type ErrorCode = keyof typeof errorCatalogue;
export const errorCodes = Object.keys(errorCatalogue) as ErrorCode[];

/** Why a task failed. A task's failure is not an HTTP error: the request that asks about it succeeds. */
export const taskFailureCatalogue = {
  garment_not_found: '没有在照片里找到衣服。请让整件衣服入镜、背景尽量简单，再试一次。',
  image_unreadable: '照片无法读取，可能已损坏。请换一张再试。',
  image_too_complex: '照片处理超时。请换一张更清晰、背景更简单的照片。',
  quality_rejected:
    '衣服的轮廓分辨不清，成图没有达到白底主图的标准，没有交付。请让衣服平整入镜、背景与衣服颜色分明，再拍一张。',
  vendor_failed: '合作方这次没有做出图来，可以直接重试，或换一张更清楚的照片。',
  vendor_refused: '合作方没有受理这张照片。请换一张清楚的照片再试。',
  vendor_moderated:
    '合作方的内容审核没有通过：照片或成图里可能有真人面部、内衣泳装或受保护的图案。请换一张只有衣服的照片再试。',
  vendor_uncertain: '合作方没有给出结果，任务已按失败处理。您可以直接重试。',
  results_lost: '图已经做好，但没能取回来，我们已记录。次数已退回，可以直接重试。',
  frames_missing: '合作方少做了几张：做好的图都归您，次数已退回。',
  deadline_exceeded: '处理超时，任务已停止。',
  input_missing: '原图已不存在，请重新上传。',
  internal_failure: '处理时出了问题，我们已记录。',
} as const;

export type TaskFailureCode = keyof typeof taskFailureCatalogue;
export const taskFailureCodes = Object.keys(taskFailureCatalogue) as TaskFailureCode[];

export const QuotaEffect = z.enum(['held', 'captured', 'released']);
export type QuotaEffect = z.infer<typeof QuotaEffect>;

/** RFC 9457 `application/problem+json`. `detail` is the sentence for the seller. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
  requestId: z.string(),
  retryAfterSeconds: z.number().int().optional(),
  fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  quotaEffect: z.enum(['none', 'held', 'captured', 'released']).optional(),
});
export type Problem = z.infer<typeof Problem>;
