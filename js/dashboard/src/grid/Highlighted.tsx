/** A text with the words of the search marked in it. */

interface HighlightedProps {
  text: string;
  words: RegExp | null;
}

export function Highlighted({ text, words }: HighlightedProps) {
  if (words === null) return <>{text}</>;
  const parts = text.split(words);
  if (parts.length === 1) return <>{text}</>;
  return (
    <>{parts.map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part))}</>
  );
}

const IS_EXPRESSION =
  /[<>=]|^\W*(not\s+)?\W*(metrics?|params?|parameters?|tags?|attributes?|attr|run|datasets?)`?\s*\.|^\s*\(|\s(i?like\s*['"]|in\s*\(|is\s+(not\s+)?null\b|between\s*['"\d.-])/i;
const PHRASE = /"([^"]*)"/g;
const WORD = /"([^"]+)"|(\S+)/g;

/** Finds the plain words of a search; null where it is an expression, or has none. */
export function searchWords(search: string | undefined): RegExp | null {
  if (search === undefined || IS_EXPRESSION.test(search.replace(PHRASE, '""'))) return null;
  const words = [...search.matchAll(WORD)].map((match) => match[1] ?? match[2] ?? "");
  if (words.length === 0) return null;
  const longestFirst = words.sort((left, right) => right.length - left.length);
  return new RegExp(`(${longestFirst.map(escapeWord).join("|")})`, "giu");
}

function escapeWord(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
