export default definePageConfig({
  navigationBarTitleText: '查看大图',
  navigationBarBackgroundColor: '#14181c',
  navigationBarTextStyle: 'white',
  backgroundColor: '#14181c',
  disableScroll: true,
});
