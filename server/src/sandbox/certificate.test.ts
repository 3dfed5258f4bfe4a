import { X509Certificate, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import Pay from 'wechatpay-node-v3';
import { clock } from '../lib/clock';
import { makeCertificate } from './certificate';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const make = (serialNo: string) => makeCertificate({ privateKeyPem: privateKey, commonName: '素衣 sandbox', serialNo });

it('is a certificate that Node reads: own key, own signature, name, serial, five years', () => {
  const certificate = new X509Certificate(make('5A0123456789ABCDEF0123456789ABCDEF012345'));

  expect(certificate.serialNumber).toBe('5A0123456789ABCDEF0123456789ABCDEF012345');
  expect(certificate.subject).toContain('CN=');
  expect(certificate.checkPrivateKey(createPrivateKey(privateKey))).toBe(true);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkIssued(certificate)).toBe(true);
  expect(Date.parse(certificate.validFrom)).toBeLessThan(clock.real());
  expect(Date.parse(certificate.validTo)).toBeGreaterThan(clock.real() + 4 * 365 * 86_400_000);
});

it('stays a positive number when the serial begins with a high bit', () => {
  expect(new X509Certificate(make('FF23456789ABCDEF0123456789ABCDEF01234567')).serialNumber).toBe(
    'FF23456789ABCDEF0123456789ABCDEF01234567',
  );
});

it('is read for its serial by the payment package', () => {
  const pay = new Pay({
    appid: 'wx',
    mchid: '1',
    publicKey: Buffer.from(make('5A0123456789ABCDEF0123456789ABCDEF012345')),
    privateKey: Buffer.from(privateKey),
  });

  expect(pay.getSN().toUpperCase()).toBe('5A0123456789ABCDEF0123456789ABCDEF012345');
});
