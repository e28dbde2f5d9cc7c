import { describe, expect, test } from "vitest";
import type { ArtifactEntry } from "../src/protocol";
import { diffLines } from "../src/views/Diff";
import { keptFiles, schemaColumns } from "../src/views/detail/Datasets";
import { choosePackages } from "../src/views/detail/Dependencies";
import { decodeBase64, fileTree } from "../src/views/detail/files";
import { highlightPython } from "../src/views/detail/highlight";
import { nearest } from "../src/views/detail/LineChart";
import { headline, plainText } from "../src/views/detail/Output";
import {
  isBinary,
  parseCsv,
  prettyJson,
  previewEntry,
  previewKind,
  stillPage,
} from "../src/views/detail/previews";
import { linePath, scaleOf } from "../src/views/detail/Sparkline";
import { lasted } from "../src/views/detail/Timeline";
import { caretLines } from "../src/views/SearchError";

function file(path: string, media_type = "", size = 10): ArtifactEntry {
  return { path, size, digest: "", media_type };
}

test("files are arranged as folders first, then by name", () => {
  const tree = fileTree([file("z.txt"), file("b/y/1.png"), file("b/a.txt"), file("a.txt")]);
  expect(tree.map(({ name }) => name)).toEqual(["b", "a.txt", "z.txt"]);
  const [folder] = tree;
  expect(folder?.kind === "folder" && folder.children.map(({ name }) => name)).toEqual([
    "y",
    "a.txt",
  ]);
});

test.each([
  [file("a.png", "image/png"), "image"],
  [file("a.png", "image/png", 50_000_000), "none"],
  [file("a.svg", "image/svg+xml"), "image"],
  [file("a.html", "text/html"), "html"],
  [file("a.html", "text/html", 2_000_000_000), "text"],
  [file("weights", "application/octet-stream"), "unknown"],
  [file("a.parquet", "application/octet-stream"), "none"],
  [file("a.csv", "text/csv"), "csv"],
  [file("a.json", "application/json"), "json"],
  [file("a.log", "application/octet-stream"), "text"],
  [file("a.pkl", "application/octet-stream"), "none"],
])("%o is previewed as %s", (entry, kind) => {
  expect(previewKind(entry)).toBe(kind);
});

describe("CSV", () => {
  test.each([
    [
      "a,b\n1,2\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      '"x, y","say ""hi"""\r\n1,',
      [
        ["x, y", 'say "hi"'],
        ["1", ""],
      ],
    ],
    ["", []],
    ["alone", [["alone"]]],
    ["a\n\nb", [["a"], [""], ["b"]]],
  ])("%j", (text, rows) => {
    expect(parseCsv(text)).toEqual(rows);
  });

  test("is read up to a bound", () => {
    expect(parseCsv("a\n".repeat(5_000))).toHaveLength(200);
  });
});

test("JSON is indented, and left alone where it is none", () => {
  expect(prettyJson('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(prettyJson('{"a":')).toBe('{"a":');
});

test("Base64 becomes the bytes it stands for", () => {
  expect([...decodeBase64("AP+A")]).toEqual([0, 255, 128]);
});

test("code keeps every character and gets its classes", () => {
  const code = "def f(x):\n    # note\n    return 'a' + 1\n";
  const pieces = highlightPython(code);
  expect(pieces.map(({ text }) => text).join("")).toBe(code);
  expect(pieces.find(({ text }) => text === "def")?.classes).toContain("tok-keyword");
  expect(pieces.find(({ text }) => text === "# note")?.classes).toContain("tok-comment");
});

test("a diff is read line by line: what looks like a header inside of a file is none", () => {
  const diff = [
    "diff --git a/x b/x",
    "index 1..2",
    "--- a/x",
    "+++ b/x",
    "@@ -1,3 +1,3 @@",
    " same",
    "--- a comment in SQL",
    "+++ added",
    "diff --git a/y b/y",
    "Binary files differ",
  ];
  expect(diffLines(`${diff.join("\n")}\n`).map(({ kind }) => kind)).toEqual([
    ...["file", "header", "header", "header", "place", "same", "removed", "added"],
    ...["file", "header"],
  ]);
});

test("output loses terminal colours and overwritten lines", () => {
  expect(plainText("\u001b[31mred\u001b[0m\n")).toBe("red\n");
  expect(plainText("10 %\r50 %\r100 %\ndone")).toBe("100 %\ndone");
  expect(plainText("windows\r\nlines\r\n")).toBe("windows\nlines\n");
});

test.each([
  [
    'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: bad\n',
    "ValueError: bad",
  ],
  ['  File "a.py", line 1, in f\n    f()\nKeyError: "x"\nsecond line\n', 'KeyError: "x"'],
  ['  File "a.py", line 1\n    x = = 1\n        ^\nSyntaxError: invalid', "SyntaxError: invalid"],
  ["KeyboardInterrupt\n", "KeyboardInterrupt"],
])("the headline of %j is %j", (traceback, line) => {
  expect(headline(traceback)).toBe(line);
});

const BOX = { width: 72, height: 16, pad: 1.5 };

test("a sparkline breaks at values that are no numbers", () => {
  expect(linePath([0, 1, 2, 3], [1, "NaN", 3, 2], BOX)).toMatch(/^M[\d. ]+M[\d. ]+L[\d. ]+$/);
  expect(linePath([0], [1], BOX)).toBe("");
  expect(linePath([0, 1], ["NaN", "Infinity"], BOX)).toBe("");
  expect(linePath([0, 1], [5, 5], BOX)).toBe("M1.5 8.0L70.5 8.0");
});

test("imported packages come first", () => {
  const packages = [
    { name: "zipp", version: "1", imported: false },
    { name: "pandas", version: "1", imported: true },
    { name: "numpy", version: "1", imported: true },
  ];
  expect(choosePackages(packages, "").map(({ name }) => name)).toEqual(["numpy", "pandas", "zipp"]);
  expect(choosePackages(packages, " ZI ").map(({ name }) => name)).toEqual(["zipp"]);
});

test("carets stand below the span, in its line", () => {
  expect(caretLines("foo = 1", [0, 3])).toBe("foo = 1\n^^^");
  expect(caretLines("a = 1 AND\nbad x", [10, 13])).toBe("bad x\n^^^");
  expect(caretLines("a =", [3, 3])).toBe("a =\n   ^");
});

test("a page keeps its looks and loses what a browser would follow", () => {
  const page = stillPage(
    "<base href='http://x.invalid'><meta http-equiv=refresh content='0;url=http://x.invalid'>" +
      "<link rel=preconnect href='http://x.invalid'><script>alert(1)</script>" +
      "<a href='http://x.invalid'>out</a><a href='#part'>in</a><svg><a xlink:href='http://x'/></svg>" +
      "<p style='color: red'>red</p>",
  );
  expect(page).not.toContain("x.invalid");
  expect(page).not.toContain("<script");
  expect(page).not.toContain("http://x");
  expect(page).toContain('<a href="#part">in</a>');
  expect(page).toContain('<p style="color: red">red</p>');
  expect(page).toMatch(/<head><meta[^>]*content="default-src 'none';/);
});

test("the rows kept beside a Parquet table stand for it", () => {
  const table = file("t/x.parquet");
  const rows = file("t/x.preview.csv", "text/csv");
  expect(previewEntry(table, [table, rows])).toBe(rows);
  expect(previewEntry(table, [table])).toBe(table);
  expect(previewEntry(rows, [table, rows])).toBe(rows);
});

test.each([
  ["plain\ttext\n", false],
  ["", false],
  ["\u0000\u0001\u0002", true],
  ["\ufffd\ufffdPNG", true],
])("%j is binary: %s", (text, binary) => {
  expect(isBinary(text)).toBe(binary);
});

test("a dataset's schema is told as one list, its parts by name", () => {
  expect(schemaColumns({ dtype: "float64" })).toEqual([{ name: "values", type: "float64" }]);
  const columns = [{ name: "x", dtype: "int64" }];
  const parts = {
    train: { columns, index: [{ name: "day", dtype: "date" }] },
    y: { type: "list" },
  };
  expect(schemaColumns({ parts })).toEqual([
    { name: "train / day (index)", type: "date" },
    { name: "train / x", type: "int64" },
    { name: "y", type: "list" },
  ]);
  expect(schemaColumns({ columns: "none", parts: 3 })).toEqual([]);
});

test("a dataset is kept as its file, or as all files of its folder", () => {
  const dataset = {
    ...{ name: "d", digest: "", source_type: "folder", source: null, context: null },
    ...{ schema: null, profile: null, artifact_path: "datasets/d" },
  };
  const files = [file("datasets/d/a"), file("datasets/d2/a"), file("datasets/d/b/c")];
  expect(keptFiles(dataset, files).map(({ path }) => path)).toEqual([
    "datasets/d/a",
    "datasets/d/b/c",
  ]);
  expect(keptFiles({ ...dataset, artifact_path: null }, files)).toEqual([]);
});

test("a status lasts until the next one, and goes on while it is passing", () => {
  const event = { from_status: null, cause: null, observer: null };
  const events = [
    { ...event, time: 0, to_status: "queued" as const },
    { ...event, time: 500, to_status: null },
    { ...event, time: 2_000, to_status: "running" as const },
  ];
  expect(lasted(events, 0, 9_000)).toBe("2.0 s");
  expect(lasted(events, 1, 9_000)).toBe("");
  expect(lasted(events, 2, 9_000)).toBe("7.0 s so far");
  expect(lasted([{ ...event, time: 0, to_status: "failed" }], 0, 9_000)).toBe("");
});

test("a chart reads the point nearest to the mouse", () => {
  expect(nearest([0, 1, 10], 4)).toBe(1);
  expect(nearest([0, 1, 10], 6)).toBe(2);
  expect(scaleOf([0, 10], [1, 2], BOX)?.stepAt(0.5)).toBe(5);
});
