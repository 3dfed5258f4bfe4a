// Draws the tab bar's pictures (81 × 81 PNG, as WeChat asks) from line drawings. Run by hand after a change:
//   node miniapp/scripts/draw-tab-icons.cjs
const path = require('node:path');
const sharp = require('sharp');

const shapes = {
  workspace:
    '<path d="M9 3.5 3 7l2 4 2.2-.9V20.500h9.600V10.100L19 11l2-4-6-3.500c-.5 1.7-1.6 2.5-3 2.500s-2.5-.8-3-2.500z"/>',
  history: '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.2 2"/>',
  me: '<circle cx="12" cy="8.2" r="3.7"/><path d="M4.5 20.500c.8-4.2 3.6-6.3 7.5-6.300s6.7 2.1 7.5 6.3"/>',
};
const colours = { '': '#5d6671', '-on': '#1c5a49' };

async function draw() {
  for (const [name, shape] of Object.entries(shapes)) {
    for (const [suffix, colour] of Object.entries(colours)) {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="81" height="81" viewBox="-1 -1 26 26" fill="none"
        stroke="${colour}" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round">${shape}</svg>`;
      const file = path.join(__dirname, '../src/ui/tabs', `${name}${suffix}.png`);
      const { size } = await sharp(Buffer.from(svg)).png({ palette: true, compressionLevel: 9 }).toFile(file);
      console.log(`${path.basename(file)}: ${size} bytes`);
    }
  }
}

draw().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
