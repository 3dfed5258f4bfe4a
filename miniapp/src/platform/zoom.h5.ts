import type { OpenZoom } from './types';

/** Taro's imitation of WeChat's viewer closes at the first tap of a double one: the page zooms by itself. */
export const openZoom: OpenZoom = null;
export const zoomHint = '双击或双指放大';
