/** Colours that tell runs apart where they are drawn together. */

const COLOURS = 10;
/** Beyond the colours, lines are broken, each round in another way. */
const DASHES = ["", "6 3", "2 3", "8 3 2 3", "1 2"];

/** A colour of the theme for the run at a place. */
export function seriesColour(place: number): string {
  return `var(--nbtrack-series-${(place % COLOURS) + 1})`;
}

export function seriesDash(place: number): string {
  return DASHES[Math.floor(place / COLOURS) % DASHES.length] ?? "";
}
