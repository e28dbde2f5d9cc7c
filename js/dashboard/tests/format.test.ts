import { describe, expect, test } from "vitest";
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatSetting,
  formatTime,
  shortPath,
  writeCell,
  writeGroup,
} from "../src/grid/format";

test.each([
  [0, "0"],
  [7, "7"],
  [123456, "123456"],
  [-3, "−3"],
  [0.9, "0.9000"],
  [0.912345, "0.9123"],
  [12.3456, "12.35"],
  [1234.56, "1235"],
  [54321.98, "54322"],
  [1234567.8, "1.235e+6"],
  [0.00001234, "1.234e-5"],
  [-0.5, "−0.5000"],
  ["NaN" as const, "NaN"],
  ["Infinity" as const, "∞"],
  ["-Infinity" as const, "−∞"],
])("number %s is written %s", (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test.each([
  [0.1, "0.1"],
  [0.0003, "0.0003"],
  [1e-5, "1e-5"],
  [100, "100"],
  [2.5e-7, "2.5e-7"],
])("setting %s is written %s", (value, text) => {
  expect(formatSetting(value)).toBe(text);
});

test.each([
  [0, "0 ms"],
  [0.42, "420 ms"],
  [0.9996, "1.0 s"],
  [3.24, "3.2 s"],
  [59.96, "1m 00s"],
  [64, "1m 04s"],
  [3599.6, "1h 00m"],
  [7500, "2h 05m"],
  [273_600, "3d 04h"],
])("duration of %s s is written %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test.each([
  [0, "just now"],
  [-5_000, "just now"],
  [42_000, "42 s ago"],
  [185_000, "3 min ago"],
  [7_300_000, "2 h ago"],
  [200_000_000, "2 d ago"],
])("%s ms ago is written %s", (age, text) => {
  expect(formatAgo(1e12, 1e12 + age)).toBe(text);
});

test("a week ago is written as a date", () => {
  const time = new Date(2026, 10, 2, 9, 5, 7).getTime();
  expect(formatAgo(time, time + 8 * 86_400_000)).toBe("2026-11-02");
  expect(formatTime(time)).toBe("2026-11-02 09:05:07");
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1500, "1.5 kB"],
  [412e6, "412 MB"],
  [999_900, "1.0 MB"],
])("%s bytes are written %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test("counts agree with their noun", () => {
  expect(formatCount(1, "run")).toBe("1 run");
  expect(formatCount(1234, "run")).toBe("1,234 runs");
  expect(formatCount(2, "child", "children")).toBe("2 children");
});

test.each([
  ["/home/emmy/nbtrack.db", "~/nbtrack.db"],
  ["/Users/emmy/runs/nbtrack.db", "~/runs/nbtrack.db"],
  ["/srv/a/b/nbtrack/nbtrack.db", "…/nbtrack/nbtrack.db"],
  ["C:\\Users\\emmy\\nbtrack.db", "~/nbtrack.db"],
  ["/srv/team.db", "/srv/team.db"],
  ["postgresql://db.example/a/b/c", "postgresql://db.example/a/b/c"],
])("the path %s is shortened to %s", (path, text) => {
  expect(shortPath(path)).toBe(text);
});

describe("a cell", () => {
  test("keeps the whole value in its title", () => {
    expect(writeCell(0.123456, "number", "metrics.acc", 0)).toEqual({
      text: "0.1235",
      title: "0.123456",
    });
    expect(writeCell("NaN", "number", "metrics.acc", 0).text).toBe("NaN");
    expect(writeCell("NaN", "text", "params.note", 0).text).toBe("NaN");
  });

  test("shortens ids and paths", () => {
    const id = "0123456789abcdef0123456789abcdef";
    expect(writeCell(id, "text", "attributes.run_id", 0)).toEqual({ text: "01234567", title: id });
    expect(writeCell("a/b/c.ipynb", "text", "attributes.notebook", 0)).toEqual({
      text: "c",
      title: "a/b/c.ipynb",
    });
  });

  test("without a value is a dash", () => {
    expect(writeCell(null, "number", "metrics.acc", 0)).toEqual({ text: "–", title: "" });
  });

  test("shows hostile text as it is", () => {
    const text = "<script>alert(1)</script>";
    expect(writeCell(text, "text", "params.x", 0)).toEqual({ text, title: text });
  });
});

describe("a group", () => {
  test("of a notebook is known by the file's name, with its folder to tell it from others", () => {
    const write = (label: string) => writeGroup("attributes.notebook", label);
    expect(write("/work/team/a/train.ipynb")).toEqual({ name: "train.ipynb", folder: "…/team/a" });
    expect(write("train.ipynb")).toEqual({ name: "train.ipynb", folder: "" });
    expect(write("")).toEqual({ name: "", folder: "" });
  });

  test("of anything else is its value", () => {
    expect(writeGroup("params.path", "a/b")).toEqual({ name: "a/b", folder: "" });
  });
});
