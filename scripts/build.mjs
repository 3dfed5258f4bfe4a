import { build } from './lib/builds.mjs';
import { prepare } from './lib/prepare.mjs';
import { runMain } from './lib/stop.mjs';

// npm run build: everything. npm run build:weapp: the mini program alone.
await runMain(async () => {
  const asked = process.argv.slice(2);
  await prepare();
  for (const name of asked.length > 0 ? asked : ['server', 'h5', 'weapp']) await build(name);

  if (asked.includes('weapp')) {
    console.log('\nOpen this folder in WeChat devtools, or hand miniapp/dist to miniprogram-ci.');
    if (!process.env.TARO_APP_API) {
      console.log('It talks to http://127.0.0.1:3000; for phones, build with TARO_APP_API=https://your.domain.');
    }
  }
});
