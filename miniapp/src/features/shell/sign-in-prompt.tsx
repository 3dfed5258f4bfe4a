import { goLogin } from '../../routes';
import { Button } from '../../ui/button';
import { Notice } from '../../ui/notice';

/** Stands where a guest would see a signed-in seller's things. */
export function SignInPrompt({ title, text }: { title: string; text: string }) {
  return (
    <Notice icon="shirt" title={title} text={text}>
      <Button id="prompt-login" size="small" onClick={goLogin}>
        登录
      </Button>
    </Notice>
  );
}
