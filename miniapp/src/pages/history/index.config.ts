export default definePageConfig({
  navigationBarTitleText: '历史',
  enablePullDownRefresh: true,
  onReachBottomDistance: 200,
});
