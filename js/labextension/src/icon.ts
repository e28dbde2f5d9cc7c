/** nbtrack's mark, in the colour of JupyterLab's own icons. */

import { LabIcon } from "@jupyterlab/ui-components";
import mark from "../../dashboard/assets/page.svg";

export const nbtrackIcon = new LabIcon({
  name: "nbtrack:mark",
  // what bears the icon says its name
  svgstr: mark
    .replace(/\s*<title>.*<\/title>/, "")
    .replace('fill="#616161"', 'class="jp-icon3" fill="#616161"'),
});
