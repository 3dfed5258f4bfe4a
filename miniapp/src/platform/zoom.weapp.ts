import { previewPicture } from './feedback';
import type { OpenZoom } from './types';

/** WeChat's own viewer: pinching, swiping, and saving or sending on by a long press. */
export const openZoom: OpenZoom = previewPicture;
export const zoomHint = '轻点图片可放大';
