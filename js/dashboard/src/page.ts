/** The entry of the page that a Jupyter server shows at /nbtrack. */

import { mountSession } from "./mount";
import "./style/page.css";
import { placeOf } from "./views/compare/links";
import { wiresTo } from "./wires";

/** The page's own view, as `nbtrack ui` left it. */
const VIEW_ID = "page";

function followColourScheme(): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    document.body.dataset.jpThemeLight = String(!dark.matches);
  };
  dark.addEventListener("change", show);
  show();
}

followColourScheme();
const main = document.createElement("main");
document.body.append(main);
const { session } = mountSession(main, wiresTo(null), VIEW_ID, {
  fills: true,
  initial: { sidebar: true },
});

/** Shows what an address says, once: what is chosen afterwards stays when the page is reloaded. */
function followAddress(): void {
  const { origin, pathname, search, hash } = location;
  const place = placeOf(hash);
  if (place === null) return;
  session.view.update({ run: undefined, ...place });
  history.replaceState(null, "", `${origin}${pathname}${search}`);
}

session.pageAddress.set(`${location.origin}${location.pathname}`);
window.addEventListener("hashchange", followAddress);
followAddress();
