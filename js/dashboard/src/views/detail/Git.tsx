/** The commit the run started from, and what was not committed. */

import { formatCount } from "../../grid/format";
import { Diff } from "../Diff";
import type { DetailProps } from "./detailTabs";
import { Facts, fact } from "./Facts";

export function Git({ run }: DetailProps) {
  const { commit, branch, remote, dirty, untracked, diff } = run.git;
  if (Object.keys(run.git).length === 0) {
    return <p class="nbtrack-faint">The notebook was not in a git repository.</p>;
  }
  return (
    <>
      <Facts
        facts={[
          fact("commit", commit),
          fact("branch", branch),
          fact("remote", remote),
          fact("state", stateOf(dirty, untracked)),
        ]}
      />
      {typeof diff === "string" && diff !== "" && <Diff diff={diff} />}
    </>
  );
}

function stateOf(dirty: unknown, untracked: unknown): string | null {
  const changes = dirty === true ? "uncommitted changes" : dirty === false ? "clean" : null;
  const extra =
    typeof untracked === "number" && untracked > 0
      ? formatCount(untracked, "untracked file")
      : null;
  return [changes, extra].filter((part) => part !== null).join(", ");
}
