/** Marks the sides on which columns are hidden below the pinned ones, for the style sheet. */

import { type RefObject, useLayoutEffect } from "preact/compat";

export function useEdges(
  scroller: RefObject<HTMLElement | null>,
  columnsWidth: number,
  viewportWidth: number,
): void {
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const mark = () => {
      const { scrollLeft, clientWidth, scrollWidth } = element;
      element.toggleAttribute("data-more-start", scrollLeft >= 1);
      element.toggleAttribute("data-more-end", scrollLeft + clientWidth <= scrollWidth - 1);
    };
    mark();
    // Before rows are drawn, so that nothing has to be laid out twice.
    element.addEventListener("scroll", mark, { capture: true, passive: true });
    return () => element.removeEventListener("scroll", mark, true);
  }, [scroller, columnsWidth, viewportWidth]);
}
