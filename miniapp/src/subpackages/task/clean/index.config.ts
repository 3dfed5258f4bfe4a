export default definePageConfig({ navigationBarTitleText: '白底主图' });
