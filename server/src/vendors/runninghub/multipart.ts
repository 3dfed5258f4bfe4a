import { randomHex } from '../../lib/ids';

export type FormFile = { field: string; name: string; contentType: string; bytes: Buffer };

/** A `multipart/form-data` body of plain fields and one file, in this order. */
export function multipart(fields: Record<string, string>, file: FormFile): { contentType: string; body: Buffer } {
  const boundary = `suyi-${randomHex(16)}`;
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(fields)) {
    parts.push(Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`));
  }
  const disposition = `content-disposition: form-data; name="${file.field}"; filename="${file.name}"`;
  parts.push(
    Buffer.from(`--${boundary}\r\n${disposition}\r\ncontent-type: ${file.contentType}\r\n\r\n`),
    file.bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  );
  return { contentType: `multipart/form-data; boundary=${boundary}`, body: Buffer.concat(parts) };
}
