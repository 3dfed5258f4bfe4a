export default defineAppConfig({
  pages: ['pages/workspace/index', 'pages/history/index', 'pages/me/index', 'pages/login/index'],
  subPackages: [
    { root: 'subpackages/membership', name: 'membership', pages: ['index/index'] },
    {
      root: 'subpackages/task',
      name: 'task',
      pages: ['clean/index', 'result/index', 'pose/index', 'poses/index', 'frame/index'],
    },
    { root: 'subpackages/account', name: 'account', pages: ['orders/index', 'statement/index', 'delete/index'] },
    { root: 'subpackages/legal', name: 'legal', pages: ['agreement/index', 'privacy/index'] },
  ],
  preloadRule: {
    'pages/workspace/index': { network: 'all', packages: ['task', 'membership'] },
  },
  sitemapLocation: 'sitemap.json',
  window: {
    navigationBarTitleText: '素衣',
    navigationBarBackgroundColor: '#f5f6f4',
    navigationBarTextStyle: 'black',
    backgroundColor: '#f5f6f4',
    backgroundTextStyle: 'dark',
  },
  tabBar: {
    color: '#5d6671',
    selectedColor: '#1c5a49',
    backgroundColor: '#ffffff',
    borderStyle: 'white',
    list: [
      {
        pagePath: 'pages/workspace/index',
        text: '工作台',
        iconPath: 'ui/tabs/workspace.png',
        selectedIconPath: 'ui/tabs/workspace-on.png',
      },
      {
        pagePath: 'pages/history/index',
        text: '历史',
        iconPath: 'ui/tabs/history.png',
        selectedIconPath: 'ui/tabs/history-on.png',
      },
      { pagePath: 'pages/me/index', text: '我的', iconPath: 'ui/tabs/me.png', selectedIconPath: 'ui/tabs/me-on.png' },
    ],
  },
  lazyCodeLoading: 'requiredComponents',
  requiredPrivateInfos: [],
  __usePrivacyCheck__: true,
});
