/** A row without a bar is for reading. */
export function isMet({ bar, ratio }) {
  if (!bar) return true;
  return bar.atLeast === undefined ? ratio <= bar.atMost : ratio >= bar.atLeast;
}

const barOf = ({ bar }) => (!bar ? '' : bar.atLeast === undefined ? `≤ ${bar.atMost}` : `≥ ${bar.atLeast}`);
const verdictOf = (row) => (!row.bar ? '' : isMet(row) ? 'met' : 'NOT MET');
const shown = (ratio) => (ratio === undefined ? '' : ratio >= 100 ? ratio.toFixed(0) : ratio.toFixed(2));

/** One table: what, floor or peer, both figures, ratio, bar, verdict, and the machine's load while it was measured. */
export function printTable(rows) {
  const head = ['what', 'floor or peer', 'ours', 'theirs', 'ratio', 'bar', '', 'load', 'note'];
  const lines = rows.map((row) => [
    row.what,
    row.peer,
    row.ours,
    row.theirs,
    shown(row.ratio),
    barOf(row),
    verdictOf(row),
    row.load.toFixed(1),
    row.note ?? '',
  ]);
  const widths = head.map((word, at) => Math.max(word.length, ...lines.map((line) => line[at].length)));
  const print = (line) => console.log(`| ${line.map((text, at) => text.padEnd(widths[at])).join(' | ')} |`);

  console.log('');
  print(head);
  print(widths.map((width) => '-'.repeat(width)));
  lines.forEach(print);
  console.log('');
}
