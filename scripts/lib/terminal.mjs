const hasTicker = Boolean(process.stdout.isTTY) && !process.env.CI;
const hasColour = hasTicker && !process.env.NO_COLOR;
const paint = (code) => (text) => (hasColour ? `\u001b[${code}m${text}\u001b[0m` : text);

export const green = paint(32);
export const red = paint(31);
export const dim = paint(2);

/**
 * Runs one visible step. A terminal sees the seconds run; a log file gets a sign of life every half minute and, like the
 * terminal, one line at the end. `work` may return a note for that line. Throws what `work` throws, after a cross.
 */
export async function step(title, work) {
  const startedAt = Date.now();
  const stopTicker = startTicker(title, startedAt);

  try {
    const note = await work();
    stopTicker();
    line(green('✓'), title, note, startedAt);
  } catch (error) {
    stopTicker();
    line(red('✗'), title, '', startedAt);
    throw error;
  }
}

function line(mark, title, note, startedAt) {
  const words = [mark, title, note ? dim(note) : '', dim(`${secondsSince(startedAt)} s`)];
  console.log(words.filter(Boolean).join('  '));
}

function startTicker(title, startedAt) {
  if (!hasTicker) {
    const timer = setInterval(() => console.log(`…  ${title}  ${secondsSince(startedAt)} s so far`), 30_000);
    return () => clearInterval(timer);
  }
  const draw = () => process.stdout.write(`\r\u001b[K…  ${title}  ${secondsSince(startedAt)} s`);
  draw();
  const timer = setInterval(draw, 200);
  return () => {
    clearInterval(timer);
    process.stdout.write('\r\u001b[K');
  };
}

const secondsSince = (ms) => ((Date.now() - ms) / 1000).toFixed(1);
