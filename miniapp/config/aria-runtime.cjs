const { mergeInternalComponents } = require('@tarojs/shared');
const components = require('./aria-components.cjs');

mergeInternalComponents(components);
