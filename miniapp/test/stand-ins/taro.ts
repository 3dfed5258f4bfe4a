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
  /** What was said in dialogs, and what was copied. */
  dialogs: [] as string[],
  copied: [] as string[],
  /** The selectors that the page was scrolled to. */
  scrolledTo: [] as string[],
  /** What the page in front was opened with. */
  params: {} as Record<string, string>,
  networkType: 'wifi',
  pages: [{ route: 'pages/workspace/index' }],
  /** Answers a request, or throws as a broken connection does. */
  answer: (request: SentRequest): Reply | Promise<Reply> => {
    throw new Error(`nobody expected ${request.method} ${request.url}`);
  },
  answerUpload: (): Reply => ({ statusCode: 204, data: '' }),
  pay: (_payment: object): { errMsg: string } => ({ errMsg: 'requestPayment:ok' }),
  /** Virtual payment; null on a WeChat too old for it. */
  payVirtually: null as ((payment: object) => { errMsg: string; errCode?: number }) | null,
  logins: 0,
};

const blank = { ...phone };

export function resetPhone(): void {
  const lists = { sent: [], uploads: [], navigations: [], toasts: [], dialogs: [], copied: [], scrolledTo: [] };
  Object.assign(phone, blank, lists, { storage: new Map(), params: {} });
}

interface PayOptions {
  success: () => void;
  fail: (failure: { errMsg: string; errCode?: number }) => void;
}

/** WeChat's own object, for what Taro has no name for. */
Object.assign(globalThis, {
  wx: {
    get requestVirtualPayment() {
      const { payVirtually } = phone;
      if (payVirtually === null) return undefined;
      return ({ success, fail, ...payment }: PayOptions) => {
        const answer = payVirtually(payment);
        if (/:ok/.test(answer.errMsg)) success();
        else fail(answer);
      };
    },
  },
});

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
  login: async () => {
    phone.logins += 1;
    return { code: phone.logins === 1 ? 'wx-code' : `wx-code-${phone.logins}` };
  },
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
  showModal: async ({ title, content }: { title: string; content: string }) => {
    phone.dialogs.push(`${title} ${content}`);
    return { confirm: true };
  },
  nextTick: (act: () => void) => act(),
  pageScrollTo: async ({ selector }: { selector: string }) => phone.scrolledTo.push(selector),
  setClipboardData: async ({ data }: { data: string }) => phone.copied.push(data),
};

export default Taro;

export const useDidShow = (act: () => void) => useEffect(act, []);
export const useRouter = () => ({ params: phone.params });
export const usePullDownRefresh = (_act: () => void) => {};
export const useReachBottom = (_act: () => void) => {};
export const stopPullDownRefresh = () => {};
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
