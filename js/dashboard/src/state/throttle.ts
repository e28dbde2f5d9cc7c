/**
 * Runs a task at once, but never again before it has ended and `intervalMs` have passed; a task
 * that takes longer is followed by a pause as long as itself.
 */
export class Throttle {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private running = false;
  private wanted = false;

  constructor(
    private readonly task: () => Promise<void>,
    private readonly intervalMs: number,
  ) {}

  trigger(): void {
    if (this.running || this.timer !== null) {
      this.wanted = true;
      return;
    }
    void this.run();
  }

  close(): void {
    this.wanted = false;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private async run(): Promise<void> {
    this.running = true;
    this.wanted = false;
    const started = performance.now();
    try {
      await this.task();
    } finally {
      this.running = false;
      const elapsed = performance.now() - started;
      const rest = elapsed < this.intervalMs ? this.intervalMs - elapsed : elapsed;
      this.timer = setTimeout(() => {
        this.timer = null;
        if (this.wanted) void this.run();
      }, rest);
    }
  }
}
