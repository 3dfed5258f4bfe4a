/** WeChat draws the title bar, its back arrow, and the page's own pull to refresh. */
export const drawsTitleBar = false;

/** A numeric keyboard. */
export const digitField = { type: 'number' as const };
export const codeField = { type: 'number' as const };

/** WeChat's own chat with us, behind a button. */
export const hasSupportChat = true;
export const supportWords: string | null = null;
export const saveWords = '保存到相册';
export const savedWords = '已保存到手机相册';

/** In WeChat nothing is sent before the seller has signed in and agreed. */
export const asksAsGuest = false;
