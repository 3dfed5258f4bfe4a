/** A no in Alipay's words. `code` 40004 is a business refusal, 40002 a request that is not right, 20000 Alipay's own trouble. */
export class AlipayFault extends Error {
  override name = 'AlipayFault';

  constructor(
    readonly code: '20000' | '40002' | '40004',
    readonly subCode: string,
    message: string,
  ) {
    super(message);
  }
}

export const businessFault = (subCode: string, message: string): AlipayFault =>
  new AlipayFault('40004', `ACQ.${subCode}`, message);
