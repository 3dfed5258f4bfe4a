export default definePageConfig({ navigationBarTitleText: '素衣', enablePullDownRefresh: true });
