/** Days of the viewer's calendar as moments, which is how the wire has dates. */

/** The first moment of a local day `2026-11-21`, or of the one so many days later; NaN for none. */
export function startOfDay(day: string, later = 0): number {
  const [, year, month, date] = DAY.exec(day) ?? [];
  const start = new Date(Number(year), Number(month) - 1, Number(date) + later);
  return start.getTime();
}

/** The local day of a moment, `2026-11-21`. */
export function dayOf(time: number): string {
  const date = new Date(time);
  const parts = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  const [year = "", ...rest] = parts.map((part) => String(part).padStart(2, "0"));
  return [year.padStart(4, "0"), ...rest].join("-");
}

export function isStartOfDay(time: number): boolean {
  return startOfDay(dayOf(time)) === time;
}

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;
