import type { Phone } from './phone';

/** On the login page: the number, consent, and the code that the sandbox's page shows in a second tab. */
export async function signInByCode(phone: Phone, number: string): Promise<void> {
  await phone.type('login-phone', number);
  await phone.tap('login-consent');
  await phone.tap('login-send');
  await phone.read('login-send', '秒后重发');

  await phone.type('login-code', await readCodeFromSandbox(phone, number));
  await phone.shoot('03-login-filled');
  await phone.tap('login-submit');
}

async function readCodeFromSandbox({ context, origin, shootPage }: Phone, number: string): Promise<string> {
  const tab = await context.newPage();
  await tab.goto(`${origin}/sandbox`);
  const code = await tab.locator('.card', { hasText: number }).first().locator('.code').innerText();
  await shootPage(tab, '03-sandbox');
  await tab.close();
  return code;
}
