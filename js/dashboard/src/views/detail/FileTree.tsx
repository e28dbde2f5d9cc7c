/** Files and folders as a tree by the ARIA pattern: one tab stop, arrows move, Enter chooses. */

import { ChevronDown, ChevronRight, File } from "lucide-static";
import { useMemo, useRef, useState } from "preact/hooks";
import { formatBytes, formatCount } from "../../grid/format";
import { Icon } from "../../icon";
import { type FileNode, filesOf, pathOf } from "./files";

/** More than these start with their folders closed. */
const MAX_OPENED = 100;
const MAX_SHOWN = 500;

export interface TreeLine {
  node: FileNode;
  level: number;
  isOpen: boolean;
}

interface FileTreeProps {
  tree: readonly FileNode[];
  /** Path of the file that is shown. */
  chosen: string | null;
  onChoose(path: string): void;
}

export function FileTree({ tree, chosen, onChoose }: FileTreeProps) {
  /** Folders that are not as they were at first. */
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [place, setPlace] = useState<string | null>(null);
  const root = useRef<HTMLDivElement>(null);
  const opened = useMemo(() => filesOf(tree).length <= MAX_OPENED, [tree]);
  const lines = treeLines(tree, (path) => toggled.has(path) !== opened);
  const shown = lines.slice(0, MAX_SHOWN);
  const current = tabStop(shown, place ?? chosen);
  const toggle = (path: string) => {
    const next = new Set(toggled);
    if (!next.delete(path)) next.add(path);
    setToggled(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = treeStep(event.key, shown, current);
    if (step === null) return;
    event.preventDefault();
    if (step.kind === "toggle") toggle(step.path);
    else root.current?.querySelectorAll<HTMLElement>('[role="treeitem"]')[step.line]?.focus();
  };
  return (
    <div role="tree" aria-label="Artifacts" class="nbtrack-tree" ref={root} onKeyDown={onKeyDown}>
      {shown.map((line, index) => (
        <Line
          key={pathOf(line.node)}
          line={line}
          isChosen={line.node.kind === "file" && line.node.entry.path === chosen}
          isTabStop={index === current}
          onFocus={() => setPlace(pathOf(line.node))}
          onClick={() =>
            line.node.kind === "folder" ? toggle(line.node.path) : onChoose(line.node.entry.path)
          }
        />
      ))}
      {lines.length > shown.length && (
        <p class="nbtrack-faint">
          {formatCount(lines.length - shown.length, "more line")}: filter them, or close folders.
        </p>
      )}
    </div>
  );
}

interface LineProps {
  line: TreeLine;
  isChosen: boolean;
  isTabStop: boolean;
  onFocus(): void;
  onClick(): void;
}

function Line({ line, isChosen, isTabStop, onFocus, onClick }: LineProps) {
  const { node, level, isOpen } = line;
  const isFolder = node.kind === "folder";
  return (
    <button
      type="button"
      role="treeitem"
      class="nbtrack-tree-line"
      title={isFolder ? node.path : node.entry.path}
      style={{ paddingInlineStart: 2 + 14 * (level - 1) }}
      aria-level={level}
      aria-selected={isChosen}
      aria-expanded={isFolder ? isOpen : undefined}
      tabIndex={isTabStop ? 0 : -1}
      onFocus={onFocus}
      onClick={onClick}
    >
      <Icon svg={isFolder ? (isOpen ? ChevronDown : ChevronRight) : File} />
      <span class="nbtrack-label">{node.name}</span>
      {!isFolder && <span class="nbtrack-faint">{formatBytes(node.entry.size)}</span>}
    </button>
  );
}

/** What is visible of a tree, from top to bottom. */
export function treeLines(
  nodes: readonly FileNode[],
  isFolderOpen: (path: string) => boolean,
  level = 1,
): TreeLine[] {
  return nodes.flatMap((node) => {
    if (node.kind === "file") return [{ node, level, isOpen: false }];
    const isOpen = isFolderOpen(node.path);
    const below = isOpen ? treeLines(node.children, isFolderOpen, level + 1) : [];
    return [{ node, level, isOpen }, ...below];
  });
}

function tabStop(lines: readonly TreeLine[], path: string | null): number {
  return Math.max(
    0,
    lines.findIndex(({ node }) => pathOf(node) === path),
  );
}

type Step = { kind: "focus"; line: number } | { kind: "toggle"; path: string };

/** What a key does at a line of the tree, null where it does nothing. */
export function treeStep(key: string, lines: readonly TreeLine[], current: number): Step | null {
  const line = lines[current];
  if (line === undefined) return null;
  const focus = (target: number): Step => ({
    kind: "focus",
    line: Math.max(0, Math.min(lines.length - 1, target)),
  });
  const isFolder = line.node.kind === "folder";
  switch (key) {
    case "ArrowDown":
      return focus(current + 1);
    case "ArrowUp":
      return focus(current - 1);
    case "Home":
      return focus(0);
    case "End":
      return focus(lines.length - 1);
    case "ArrowRight":
      if (!isFolder) return null;
      return line.isOpen ? focus(current + 1) : { kind: "toggle", path: pathOf(line.node) };
    case "ArrowLeft": {
      if (isFolder && line.isOpen) return { kind: "toggle", path: pathOf(line.node) };
      const above = lines.slice(0, current);
      const parent = above.findLastIndex(({ level }) => level < line.level);
      return parent < 0 ? null : focus(parent);
    }
    default:
      return null;
  }
}
