import { describe, expect, test } from "vitest";
import type { ArtifactEntry } from "../src/protocol";
import { diffLines } from "../src/views/Diff";
import { choosePackages } from "../src/views/detail/Dependencies";
import { decodeBase64, fileTree } from "../src/views/detail/files";
import { highlightPython } from "../src/views/detail/highlight";
import { headline, plainText } from "../src/views/detail/Output";
import { parseCsv, prettyJson, previewKind } from "../src/views/detail/previews";
import { linePath } from "../src/views/detail/Sparkline";
import { caretLines } from "../src/views/Toolbar";

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
