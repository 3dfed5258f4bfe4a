/** A browser shows no title bar, so the page draws its own. */
export const drawsTitleBar = true;

// `type=number` would refuse a pasted "验证码 123456" and show arrows on a desktop.
export const digitField = {
  type: 'text' as const,
  nativeProps: { inputMode: 'numeric', autocomplete: 'tel-national' },
};
export const codeField = {
  type: 'text' as const,
  nativeProps: { inputMode: 'numeric', autocomplete: 'one-time-code' },
};

export const hasSupportChat = false;
/** Where help is, as long as it is not here. */
export const supportWords: string | null = '需要帮助？请在微信小程序“我的 › 联系客服”中联系我们，并附上订单号。';
export const saveWords = '下载图片';
export const savedWords = '已开始下载';

/** A visitor sees the price before signing in. */
export const asksAsGuest = true;
