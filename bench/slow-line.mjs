// A slow line in front of a server on this machine: so many bytes a second towards the browser,
// shared by all connections, and every request waits. Unlike the throttling of a browser's
// developer tools it holds for workers as well, and counts every byte, headers included.

import { connect, createServer } from "node:net";

/** 1.6 Mbit/s with 150 ms, a telephone on a poor day. */
export const POOR = { bytesPerSecond: 200_000, milliseconds: 150 };

const PIECE = 4096; // bytes that go at once
const LATE = 50; // milliseconds that this process may be late and still make up for

const after = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Serves on a port of its own what `url` serves.
 *
 * @returns {Promise<{ url: string, bytes: () => number, close: () => Promise<void> }>} `bytes` of
 *   answers so far
 */
export async function slowLine(url, { bytesPerSecond, milliseconds }) {
  let sent = 0;
  let free = 0; // when the line has carried what it was given
  const sockets = new Set();

  async function carry(from, to) {
    for await (const chunk of from)
      for (let at = 0; at < chunk.length; at += PIECE) {
        const piece = chunk.subarray(at, at + PIECE);
        free = Math.max(free, performance.now() - LATE) + (1000 * piece.length) / bytesPerSecond;
        await after(free - performance.now());
        sent += piece.length;
        to.write(piece);
      }
    to.end();
  }

  async function ask(from, to) {
    for await (const request of from) {
      await after(milliseconds);
      to.write(request);
    }
    to.end();
  }

  const server = createServer((browser) => {
    const served = connect(Number(new URL(url).port), "127.0.0.1");
    for (const socket of [browser, served]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("close", () => sockets.delete(socket));
    }
    const end = () => (browser.destroy(), served.destroy()); // as when the browser leaves early
    ask(browser, served).catch(end);
    carry(served, browser).catch(end);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    bytes: () => sent,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        for (const socket of sockets) socket.destroy();
      }),
  };
}
