import type { ChoosePhoto, PhotoSource } from './types';

export const choosePhoto: ChoosePhoto = async (source) => {
  const file = await pick(source);
  if (file === null) return null;

  const path = URL.createObjectURL(file);
  const { width, height } = await sizeOf(path);
  return { path, byteLength: file.size, width, height, contentType: await contentTypeOf(file) };
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

/** The brands that a HEIC file names itself by, behind its first four bytes. */
const heicBrand = /^ftyp(?:hei|hev|mif1|msf1)/;

/** By its bytes where HEIC is called something else: a browser that cannot show it may not know its type either. */
async function contentTypeOf(file: File): Promise<string> {
  const brand = String.fromCharCode(...new Uint8Array(await file.slice(4, 12).arrayBuffer()));
  if (heicBrand.test(brand) || /\.hei[cf]$/i.test(file.name)) return 'image/heic';
  return file.type || 'application/octet-stream';
}
