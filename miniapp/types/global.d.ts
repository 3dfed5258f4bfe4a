/// <reference types="@tarojs/taro" />

declare module '*.scss';

declare namespace NodeJS {
  /** Set by the build, so absent where tests start a process. */
  interface ProcessEnv {
    TARO_ENV?: 'weapp' | 'h5';
    /** Where the API answers; empty for the same origin. */
    TARO_APP_API?: string;
    TARO_APP_VERSION?: string;
  }
}
