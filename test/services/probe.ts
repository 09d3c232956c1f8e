import { connect } from "node:net";

/** Whether the server at this port answers to `bytes` with something that `pattern` fits. */
export function answers(port: number, bytes: string | Uint8Array, pattern: RegExp, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: 1000 }, () => socket.write(bytes));
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("data", (data) => end(pattern.test(data.toString("latin1"))));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
    socket.once("close", () => end(false));
  });
}
