import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "jsdom",
    include: ["{src,tests}/**/*.test.{ts,tsx}"],
    restoreMocks: true,
  },
});
