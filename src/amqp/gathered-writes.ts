import type { Writable } from "node:stream";

/**
 * Has what is written within one turn of the event loop go out together. The client library writes each frame by itself, and a system call
 * for each is half of what a message costs.
 */
export function gatherWrites(socket: Writable): void {
  const write = socket.write;
  let isGathering = false;
  const release = (): void => {
    isGathering = false;
    socket.uncork();
  };
  socket.write = function (this: Writable, ...args: Parameters<Writable["write"]>): boolean {
    if (!isGathering) {
      isGathering = true;
      socket.cork();
      process.nextTick(release);
    }
    return write.apply(this, args);
  } as Writable["write"];
}
