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
  downloads: [] as string[],
  answerDownload: ({ url }: { url: string }): { statusCode: number; tempFilePath: string } => ({
    statusCode: 200,
    tempFilePath: url,
  }),
  /** What is in the album, as the files it came from. */
  saved: [] as string[],
  saveToAlbum: (): { errMsg: string } | Promise<{ errMsg: string }> => ({ errMsg: 'ok' }),
  /** What the seller leaves the settings page with. */
  authSetting: {} as Record<string, boolean>,
  /** The pictures that WeChat's own viewer was opened with; the first one is in front. */
  previewed: [] as string[],
  answerUpload: (): Reply => ({ statusCode: 204, data: '' }),
  pay: (_payment: object): { errMsg: string } => ({ errMsg: 'requestPayment:ok' }),
  /** Virtual payment; null on a WeChat too old for it. */
  payVirtually: null as ((payment: object) => { errMsg: string; errCode?: number }) | null,
  logins: 0,
  /** The file that the album and the camera give; null when the seller changes their mind. */
  chosen: { tempFilePath: 'wxfile://a.jpg', size: 2_000_000 } as { tempFilePath: string; size: number } | null,
  /** The templates that were asked for, and what the seller says to a message; null on a WeChat too old for it. */
  subscriptions: [] as string[],
  subscribe: (() => 'accept') as (() => string) | null,
};

const blank = { ...phone };

export function resetPhone(): void {
  const lists = {
    sent: [],
    uploads: [],
    downloads: [],
    saved: [],
    previewed: [],
    navigations: [],
    toasts: [],
    dialogs: [],
    copied: [],
    scrolledTo: [],
  };
  Object.assign(phone, blank, lists, { storage: new Map(), params: {}, subscriptions: [] });
}

interface PayOptions {
  success: () => void;
  fail: (failure: { errMsg: string; errCode?: number }) => void;
}

interface SubscribeOptions {
  tmplIds: string[];
  success: (answers: Record<string, string>) => void;
  fail: (failure: { errMsg: string; errCode?: number }) => void;
}

/** WeChat's own object, for what Taro has no name for. */
Object.assign(globalThis, {
  wx: {
    get requestSubscribeMessage() {
      const { subscribe } = phone;
      if (subscribe === null) return undefined;
      return ({ tmplIds, success, fail }: SubscribeOptions) => {
        phone.subscriptions.push(...tmplIds);
        const answer = subscribe();
        if (answer === 'fail') fail({ errMsg: 'requestSubscribeMessage:fail', errCode: 20004 });
        else
          success({ errMsg: 'requestSubscribeMessage:ok', ...Object.fromEntries(tmplIds.map((id) => [id, answer])) });
      };
    },
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
  async downloadFile({ url }: { url: string }) {
    phone.downloads.push(url);
    return phone.answerDownload({ url });
  },
  async saveImageToPhotosAlbum({ filePath }: { filePath: string }) {
    const answer = await phone.saveToAlbum();
    if (answer.errMsg !== 'ok') throw Object.assign(new Error(answer.errMsg), answer);
    phone.saved.push(filePath);
  },
  openSetting: async () => ({ authSetting: phone.authSetting }),
  previewImage: async ({ current, urls }: { current: string; urls: string[] }) => {
    phone.previewed = [current, ...urls.filter((url) => url !== current)];
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
  chooseMedia({ success, fail }: { success: (r: object) => void; fail: (failure: { errMsg: string }) => void }) {
    if (phone.chosen) success({ tempFiles: [phone.chosen] });
    else fail({ errMsg: 'chooseMedia:fail cancel' });
  },
  getImageInfo: async () => ({ width: 1200, height: 1600, type: 'jpeg', orientation: 'up' }),
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
