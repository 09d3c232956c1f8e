import test from "ava";
import { redisCommands } from "./redis-commands.js";

const commands = Buffer.from("*1\r\n$4\r\nPING\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$6\r\na\r\n*1x\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\n");

test("commands are counted, in whatever pieces they come and whatever they hold", (t) => {
  for (let size = 1; size <= commands.length; size++) {
    const count = redisCommands();
    let counted = 0;
    for (let at = 0; at < commands.length; at += size) counted += count(commands.subarray(at, at + size));
    t.is(counted, 3, `in pieces of ${size}`);
  }
});
