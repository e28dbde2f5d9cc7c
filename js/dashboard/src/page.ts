/** The entry of the page that a Jupyter server shows at /nbtrack. */

import { mountSession } from "./mount";
import "./style/page.css";
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
mountSession(main, wiresTo(null), VIEW_ID, { fills: true, initial: { sidebar: true } });
