/** Puts a text on the clipboard, and says so. */

import { Check, Copy } from "lucide-static";
import { useState } from "preact/hooks";
import { Icon } from "../icon";

interface CopyButtonProps {
  label: string;
  text: string;
  /** Shown beside the icon; without it the icon stands alone. */
  words?: string;
  svg?: string;
}

export function CopyButton({ label, text, words, svg = Copy }: CopyButtonProps) {
  const [copied, setCopied] = useState<string | null>(null);
  const isCopied = copied === text;
  const copy = async () => {
    if (await copyText(text)) setCopied(text);
  };
  return (
    <button
      type="button"
      class={words === undefined ? "nbtrack-icon-button" : "nbtrack-tool"}
      aria-label={label}
      title={isCopied ? "Copied" : `${label}\n${text}`}
      onClick={() => void copy()}
    >
      <Icon svg={isCopied ? Check : svg} />
      {words}
    </button>
  );
}

/** Tells whether the browser let it. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages without TLS have no clipboard: a prompt at least lets the text be taken by hand.
    window.prompt("Copy this:", text);
    return false;
  }
}
