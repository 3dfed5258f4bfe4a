import { seal } from '../../sandbox/wechat-pay/signing';
import { openSealed } from './cipher';

// Published by WeChat Pay with its Java library: wechatpay-java, AeadAesCipherTest and TestConfig.
const vector = {
  key: 'a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb',
  sealed: { ciphertext: 'ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI=', nonce: 'uluk4a9R25RW', associatedData: 'associatedData' },
  text: 'message',
};

describe('openSealed', () => {
  it("opens WeChat Pay's published vector", () => {
    expect(openSealed(vector.sealed, vector.key)?.toString()).toBe(vector.text);
  });

  it('refuses it when any one of its bits is flipped', () => {
    const whole = Buffer.from(vector.sealed.ciphertext, 'base64');

    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(openSealed({ ...vector.sealed, ciphertext: flipped.toString('base64') }, vector.key)).toBeNull();
    }
  });

  it.each([
    ['other associated data', { associatedData: 'associatedDatb' }],
    ['another nonce', { nonce: 'uluk4a9R25RX' }],
    ['a nonce of another length', { nonce: 'uluk4a9R25R' }],
    ['no ciphertext', { ciphertext: '' }],
    ['less than a tag', { ciphertext: 'AAAA' }],
  ])('refuses %s', (_, change) => {
    expect(openSealed({ ...vector.sealed, ...change }, vector.key)).toBeNull();
  });

  it('refuses another key', () => {
    expect(openSealed(vector.sealed, 'b7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb')).toBeNull();
  });

  it('opens what the sandbox seals, Chinese included', () => {
    const resource = seal('{"name":"素衣会员"}', vector.key, 'transaction');

    const opened = openSealed({ ...resource, associatedData: resource.associated_data }, vector.key);

    expect(opened?.toString()).toBe('{"name":"素衣会员"}');
  });
});
