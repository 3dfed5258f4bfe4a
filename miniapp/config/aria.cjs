const path = require('node:path');
const components = require('./aria-components.cjs');

/**
 * A Taro plugin: Taro's WeChat templates know no accessibility attribute at all, so a screen reader would read our
 * buttons as plain views. This adds them to the templates (here) and to the runtime's table of names (aria-runtime),
 * which have to agree.
 */
module.exports = (ctx) => {
  ctx.registerMethod({
    name: 'onSetupClose',
    fn(platform) {
      if (process.env.TARO_ENV !== 'weapp') return;
      platform.template.mergeComponents(ctx, components);
      platform.runtimePath = [platform.runtimePath, path.join(__dirname, 'aria-runtime.cjs')].flat();
    },
  });
};
