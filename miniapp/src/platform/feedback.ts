import Taro from '@tarojs/taro';

/** A short word that goes away by itself. WeChat cuts a toast with an icon at seven characters, so none has one. */
export function toast(title: string): void {
  void Taro.showToast({ title, icon: 'none', duration: 2200 });
}

export interface Question {
  title: string;
  content: string;
  confirmText?: string;
  cancelText?: string;
  isDangerous?: boolean;
}

/** Asks in the system's own dialog, which keeps focus and speaks to screen readers. Four characters a button at most. */
export async function ask(question: Question): Promise<boolean> {
  const { confirm } = await Taro.showModal({
    title: question.title,
    content: question.content,
    confirmText: question.confirmText ?? '确定',
    cancelText: question.cancelText ?? '取消',
    confirmColor: question.isDangerous ? '#b3261e' : '#1c5a49',
    cancelColor: '#4c5560',
  });
  return confirm;
}

/** Tells something that has to be read; there is only one way on. */
export async function tell(title: string, content: string): Promise<void> {
  await Taro.showModal({ title, content, showCancel: false, confirmText: '知道了', confirmColor: '#1c5a49' });
}

export async function copyText(text: string): Promise<void> {
  await Taro.setClipboardData({ data: text });
}

export function previewPicture(current: string, urls: string[]): void {
  void Taro.previewImage({ current, urls });
}
