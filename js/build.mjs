// Bundles the dashboard into nbtrack/static and JupyterLab's extension into nbtrack/labextension.
// `--watch` rebuilds the dashboard on every change, in place.
import { spawnSync } from "node:child_process";
import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, "../nbtrack/static");
const watch = process.argv.includes("--watch");

const dashboard = {
  absWorkingDir: here,
  entryPoints: { widget: "dashboard/src/widget.ts", page: "dashboard/src/page.ts" },
  outdir,
  bundle: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: !watch,
  sourcemap: watch ? "inline" : false,
  legalComments: "none",
  metafile: true,
  logLevel: "info",
};

/** The extension as modules, which leave JupyterLab's own packages to JupyterLab. */
const labextension = {
  absWorkingDir: here,
  entryPoints: { index: "labextension/src/index.ts", style: "labextension/src/style.css" },
  outdir: join(here, "labextension/lib"),
  bundle: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  external: ["@jupyterlab/*", "@lumino/*"],
  loader: { ".svg": "text" },
  splitting: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  logLevel: "info",
};

async function buildLabextension() {
  await rm(labextension.outdir, { recursive: true, force: true });
  await esbuild.build(labextension);
  const modules = join(here, "node_modules");
  const { status } = spawnSync(
    process.execPath,
    [
      join(modules, "@jupyter/builder/lib/build-labextension.js"),
      "--core-package-file",
      join(modules, "@jupyterlab/core-meta/core.package.json"),
      join(here, "labextension"),
    ],
    { cwd: here, stdio: "inherit" },
  );
  if (status !== 0) process.exit(status ?? 1);
}

/** Folders of the packages that ended up in the bundle, sorted. */
function bundledPackages(metafile) {
  const pattern = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;
  const folders = Object.keys(metafile.inputs).map((path) => pattern.exec(path)?.[1]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

async function licenceText(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json")));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? (await readFile(join(folder, file), "utf8")).trim() : license;
  return `${name} ${version} (${license})\n\n${text}\n`;
}

async function writeLicences(metafile) {
  const folders = bundledPackages(metafile).map((folder) => join(here, folder));
  const texts = await Promise.all(folders.map(licenceText));
  await writeFile(join(outdir, "licenses.txt"), texts.join(`\n${"-".repeat(80)}\n\n`));
}

const context = await esbuild.context(dashboard);
if (watch) {
  await context.watch();
} else {
  const { metafile } = await context.rebuild();
  await context.dispose();
  await copyFile(join(here, "dashboard/assets/page.svg"), join(outdir, "page.svg"));
  await buildLabextension();
  await writeLicences(metafile);
}
