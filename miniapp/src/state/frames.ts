import type { TaskDto } from '@suyi/shared-types';

/** One picture of a set. */
export interface Frame {
  /** The same for as long as the picture exists; its links are new ones with every answer. */
  id: string;
  url: string;
  thumbnailUrl: string;
  width: number;
  height: number;
  contentType: string;
}

/** The frames of a set in the order the server keeps; none of another tool's task. */
export function framesOf(task: TaskDto): Frame[] {
  return task.results
    .filter((result) => result.role === 'frame')
    .map(({ url, thumbnailUrl, width, height, contentType }) => ({
      id: storedNameOf(url),
      url,
      thumbnailUrl: thumbnailUrl ?? url,
      width,
      height,
      contentType,
    }));
}

/** A link is an address that stays and a signature that does not. */
function storedNameOf(url: string): string {
  return url.replace(/[?#].*$/, '').replace(/^https?:\/\/[^/]+/, '');
}
