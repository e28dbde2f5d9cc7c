/** A dashboard drawn in jsdom, for the tests of its panels. */

import { cleanup, render, screen, waitFor } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, vi } from "vitest";
import { Client } from "../src/client";
import type { View } from "../src/protocol";
import { Session } from "../src/state/session";
import { Dashboard } from "../src/views/Dashboard";
import type { MemoryService } from "./service";

/** jsdom has no layout, so nothing ever changes its size. */
class StillObserver {
  observe(): void {}
  disconnect(): void {}
}

export class DashboardPage {
  private constructor(
    readonly session: Session,
    readonly user: ReturnType<typeof userEvent.setup>,
  ) {}

  static async open(service: MemoryService, view: View = {}): Promise<DashboardPage> {
    vi.stubGlobal("ResizeObserver", StillObserver);
    HTMLDialogElement.prototype.close = function (this: HTMLDialogElement) {
      this.open = false;
    };
    HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
      this.open = true;
    };
    HTMLCanvasElement.prototype.getContext = () => null;
    service.view = view;
    const session = new Session(new Client(service), "v");
    render(<Dashboard session={session} />);
    await session.start();
    await waitFor(() => expect(session.rows.snapshot.get().loaded).toBe(true));
    if (view.tab === undefined && view.run === undefined) await screen.findByRole("treegrid");
    return new DashboardPage(session, userEvent.setup());
  }

  get view(): View {
    return this.session.view.current.get();
  }

  names(): (string | null)[] {
    const cells = document.querySelectorAll('[role="gridcell"][data-column="attributes.run_name"]');
    return [...cells].map((cell) => cell.textContent);
  }

  close(): void {
    this.session.close();
    cleanup();
    vi.unstubAllGlobals();
  }
}
