export default definePageConfig({ navigationBarTitleText: '十二姿势模特图' });
