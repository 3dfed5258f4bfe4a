import Taro from '@tarojs/taro';

/** Every page, by the name the code uses for it. */
export const routes = {
  workspace: '/pages/workspace/index',
  history: '/pages/history/index',
  me: '/pages/me/index',
  login: '/pages/login/index',
  membership: '/subpackages/membership/index/index',
  clean: '/subpackages/task/clean/index',
  result: '/subpackages/task/result/index',
  pose: '/subpackages/task/pose/index',
  poses: '/subpackages/task/poses/index',
  frame: '/subpackages/task/frame/index',
  orders: '/subpackages/account/orders/index',
  statement: '/subpackages/account/statement/index',
  deleteAccount: '/subpackages/account/delete/index',
  agreement: '/subpackages/legal/agreement/index',
  privacy: '/subpackages/legal/privacy/index',
} as const;

export type RouteName = keyof typeof routes;

const tabs: readonly RouteName[] = ['workspace', 'history', 'me'];

/** A page's address with what it is told. */
export function pathOf(name: RouteName, query: Record<string, string> = {}): string {
  const pairs = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return pairs.length === 0 ? routes[name] : `${routes[name]}?${pairs.join('&')}`;
}

export function goTo(name: RouteName, query: Record<string, string> = {}): void {
  if (tabs.includes(name)) void Taro.switchTab({ url: routes[name] });
  else void Taro.navigateTo({ url: pathOf(name, query) });
}

/** Takes the present page off the stack: the seller cannot come back to a step that is over. */
export function replaceWith(name: RouteName, query: Record<string, string> = {}): void {
  void Taro.redirectTo({ url: pathOf(name, query) });
}

/** Back to where the seller was; to the workspace when this page was the first one opened. */
export function goBack(): void {
  if (Taro.getCurrentPages().length > 1) void Taro.navigateBack();
  else void Taro.switchTab({ url: routes.workspace });
}

/** Opens the login page over the present one, once: leaving it shows the seller what they were looking at. */
export function goLogin(): void {
  const pages = Taro.getCurrentPages();
  const top = pages[pages.length - 1]?.route ?? '';
  if (!`/${top}`.includes(routes.login)) void Taro.navigateTo({ url: routes.login });
}
