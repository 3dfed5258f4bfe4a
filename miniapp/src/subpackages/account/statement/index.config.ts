export default definePageConfig({ navigationBarTitleText: '使用明细', enablePullDownRefresh: true });
