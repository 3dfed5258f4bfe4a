/** WeChat draws the title bar, its back arrow, and the page's own pull to refresh. */
export const drawsTitleBar = false;

/** A numeric keyboard. */
export const digitField = { type: 'number' as const };
export const codeField = { type: 'number' as const };

/** WeChat's own chat with us, behind a button. */
export const hasSupportChat = true;
export const savedWords = '已保存到手机相册';
