import { useEffect } from 'react';

/**
 * The phone, as far as the unit tests need one. Storage is real (a map); what goes out is scripted by the test through
 * `phone`, and a request nobody scripted fails the test.
 */

interface Reply {
  statusCode: number;
  data: unknown;
}
export interface SentRequest {
  url: string;
  method: string;
  header: Record<string, string>;
  data?: string;
  timeout: number;
}

export const phone = {
  storage: new Map<string, unknown>(),
  sent: [] as SentRequest[],
  uploads: [] as { url: string; formData: object; filePath: string }[],
  navigations: [] as string[],
  toasts: [] as string[],
  networkType: 'wifi',
  pages: [{ route: 'pages/workspace/index' }],
  /** Answers a request, or throws as a broken connection does. */
  answer: (request: SentRequest): Reply | Promise<Reply> => {
    throw new Error(`nobody expected ${request.method} ${request.url}`);
  },
  answerUpload: (): Reply => ({ statusCode: 204, data: '' }),
  pay: (_payment: object): { errMsg: string } => ({ errMsg: 'requestPayment:ok' }),
};

const blank = { ...phone };

export function resetPhone(): void {
  Object.assign(phone, blank, { storage: new Map(), sent: [], uploads: [], navigations: [], toasts: [] });
}

interface PayOptions {
  success: () => void;
  fail: (failure: { errMsg: string }) => void;
}

const Taro = {
  async request(request: SentRequest): Promise<Reply> {
    phone.sent.push(request);
    return phone.answer(request);
  },
  uploadFile(form: { url: string; formData: object; filePath: string }) {
    phone.uploads.push(form);
    const sending = new Promise<Reply>((resolve) => resolve(phone.answerUpload()));
    return Object.assign(sending, {
      progress: (listener: (u: { progress: number }) => void) => listener({ progress: 100 }),
    });
  },
  getStorageSync: (key: string) => phone.storage.get(key) ?? '',
  setStorageSync: (key: string, value: unknown) => phone.storage.set(key, JSON.parse(JSON.stringify(value))),
  removeStorageSync: (key: string) => phone.storage.delete(key),
  getNetworkType: async () => ({ networkType: phone.networkType }),
  onNetworkStatusChange: () => {},
  offNetworkStatusChange: () => {},
  login: async () => ({ code: 'wx-code' }),
  requestPayment(options: PayOptions & object) {
    const { errMsg } = phone.pay(options);
    if (/:ok/.test(errMsg)) options.success();
    else options.fail({ errMsg });
  },
  getCurrentPages: () => phone.pages,
  navigateTo: async ({ url }: { url: string }) => phone.navigations.push(`navigateTo ${url}`),
  redirectTo: async ({ url }: { url: string }) => phone.navigations.push(`redirectTo ${url}`),
  switchTab: async ({ url }: { url: string }) => phone.navigations.push(`switchTab ${url}`),
  navigateBack: async () => phone.navigations.push('navigateBack'),
  showToast: async ({ title }: { title: string }) => phone.toasts.push(title),
  showModal: async () => ({ confirm: true }),
};

export default Taro;

export const useDidShow = (act: () => void) => useEffect(act, []);
export const useDidHide = (_act: () => void) => {};
export const createSelectorQuery = () => {
  let told: (rect: object) => void = () => {};
  const query = {
    select: () => query,
    boundingClientRect: (callback: (rect: object) => void) => {
      told = callback;
      return query;
    },
    exec: () => told({ left: 10, width: 200 }),
  };
  return query;
};
