/** Taro's buttons are plain elements to a browser: Enter and Space have to press them. */
export function onLaunch(): void {
  document.addEventListener('keydown', (event) => {
    const { target } = event;
    if ((event.key !== 'Enter' && event.key !== ' ') || !(target instanceof HTMLElement)) return;
    if (!/^(button|checkbox|radio|link|tab)$/.test(target.getAttribute('role') ?? '')) return;

    event.preventDefault();
    target.click();
  });
}
