import path from 'node:path';
import { defineConfig, type UserConfigExport } from '@tarojs/cli';
import { version } from '../package.json';

const app = path.resolve(__dirname, '..');
const sharedTypes = path.resolve(app, '..', 'shared-types');

/** babel-loader skips node_modules: name what is TypeScript, or published with a syntax newer than our browserslist. */
const transpiled = [sharedTypes, (file: string) => /[\\/]node_modules[\\/](zod|zustand)[\\/]/.test(file)];

/** What the package carries inside, so that a bug report says which build it came from. */
const defines = {
  'process.env.TARO_APP_VERSION': JSON.stringify(version),
  'process.env.TARO_APP_API': JSON.stringify(apiBase()),
};

/** H5 is served by the API itself, so its base is empty; a phone needs an absolute address. */
function apiBase(): string {
  if (process.env.TARO_ENV === 'h5') return '';
  return process.env.TARO_APP_API ?? 'http://127.0.0.1:3000';
}

export default defineConfig<'webpack5'>(async () => {
  const isH5 = process.env.TARO_ENV === 'h5';
  const config: UserConfigExport<'webpack5'> = {
    projectName: 'suyi',
    date: '2026-11-22',
    // Sizes in our style sheets are CSS pixels of a 375 px wide screen.
    designWidth: 375,
    deviceRatio: { 375: 2, 640: 2.34 / 2, 750: 1, 828: 1.81 / 2 },
    sourceRoot: 'src',
    outputRoot: isH5 ? 'dist-h5' : 'dist',
    framework: 'react',
    compiler: { type: 'webpack5', prebundle: { enable: false } },
    cache: { enable: false },
    plugins: [path.join(__dirname, 'aria.cjs')],
    defineConstants: defines,
    copy: isH5
      ? { patterns: [], options: {} }
      : { patterns: [{ from: 'src/sitemap.json', to: 'dist/sitemap.json' }], options: {} },
    mini: {
      compile: { include: transpiled },
      optimizeMainPackage: { enable: true },
      // Class names are unique to their file, so the order in which files are joined decides nothing.
      miniCssExtractPluginOption: { ignoreOrder: true },
      postcss: { pxtransform: { enable: true, config: {} }, cssModules: { enable: false } },
    },
    h5: {
      publicPath: '/',
      staticDirectory: 'static',
      compile: { include: transpiled },
      router: { mode: 'hash' },
      devServer: {
        port: 10086,
        open: false,
        proxy: [{ context: ['/api', '/sandbox'], target: `http://127.0.0.1:${process.env.PORT ?? '3000'}` }],
      },
      output: { filename: 'js/[name].[contenthash:8].js', chunkFilename: 'js/[name].[contenthash:8].js' },
      miniCssExtractPluginOption: {
        ignoreOrder: true,
        filename: 'css/[name].[contenthash:8].css',
        chunkFilename: 'css/[name].[contenthash:8].css',
      },
      postcss: { autoprefixer: { enable: true, config: {} }, cssModules: { enable: false } },
      webpackChain(chain) {
        chain.performance.hints(false);
      },
    },
  };
  return config;
});
