import type { ChoosePhoto, PhotoSource } from './types';

export const choosePhoto: ChoosePhoto = async (source) => {
  const file = await pick(source);
  if (file === null) return null;

  const path = URL.createObjectURL(file);
  const { width, height } = await sizeOf(path);
  return { path, byteLength: file.size, width, height, contentType: contentTypeOf(file) };
};

/**
 * `Taro.chooseImage` leaves out a file that the browser cannot show, as if the seller had changed their mind: they would
 * never read what is wrong with it.
 */
function pick(source: PhotoSource): Promise<File | null> {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = 'image/*';
  input.hidden = true;
  if (source === 'camera') input.capture = 'environment';
  document.body.appendChild(input);

  return new Promise<File | null>((resolve) => {
    input.onchange = () => resolve(input.files?.[0] ?? null);
    input.oncancel = () => resolve(null);
    input.click();
  }).finally(() => input.remove());
}

/** Zero by zero when the browser cannot show the file; the caller's checks say so to the seller. */
function sizeOf(url: string): Promise<{ width: number; height: number }> {
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve({ width: image.naturalWidth, height: image.naturalHeight });
    image.onerror = () => resolve({ width: 0, height: 0 });
    image.src = url;
  });
}

/** A browser that cannot show HEIC may not know its type either. */
function contentTypeOf({ name, type }: File): string {
  if (type) return type;
  return /\.hei[cf]$/i.test(name) ? 'image/heic' : 'application/octet-stream';
}
