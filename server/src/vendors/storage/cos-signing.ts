import { createHash, createHmac } from 'node:crypto';

export type PostPolicy = {
  bucket: string;
  key: string;
  contentType: string;
  bytesMax: number;
  /** Unix seconds. */
  startsAt: number;
  expires: number;
};

/**
 * The fields of a form that COS takes by POST, the only way `wx.uploadFile` can send. COS's own SDK has nothing for it. Exactly one
 * key, one content type, at least a byte and at most `bytesMax`. (Tencent Cloud document 436/14690.)
 */
export function postFields(policy: PostPolicy, secretId: string, secretKey: string): Record<string, string> {
  const keyTime = `${policy.startsAt};${policy.expires}`;
  const text = JSON.stringify({
    expiration: new Date(policy.expires * 1_000).toISOString(),
    conditions: [
      { bucket: policy.bucket },
      { key: policy.key },
      { 'q-sign-algorithm': 'sha1' },
      { 'q-ak': secretId },
      { 'q-sign-time': keyTime },
      ['starts-with', '$Content-Type', policy.contentType],
      ['content-length-range', 1, policy.bytesMax],
    ],
  });
  const signKey = createHmac('sha1', secretKey).update(keyTime).digest('hex');
  const digest = createHash('sha1').update(text).digest('hex');
  return {
    key: policy.key,
    'Content-Type': policy.contentType,
    success_action_status: '204',
    policy: Buffer.from(text).toString('base64'),
    'q-sign-algorithm': 'sha1',
    'q-ak': secretId,
    'q-key-time': keyTime,
    'q-signature': createHmac('sha1', signKey).update(digest).digest('hex'),
  };
}
