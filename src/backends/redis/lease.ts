import type { RedisLink } from "../../redis/link.js";
import { Script } from "../../redis/script.js";
import { wholeMs } from "./states.js";

/** KEYS: the name. ARGV: the owner; how long, 0 to give it up. Answers 1, or 0 where another holds it. */
const script = new Script(`
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
if ARGV[2] ~= '0' then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
elseif owner then redis.call('UNLINK', KEYS[1]) end
return 1`);

/** Takes or renews a lease; `ttlMs` 0 gives it up. `false` where another owner holds it. */
export async function takeLease(link: RedisLink, name: string, owner: string, ttlMs: number): Promise<boolean> {
  return (await link.run(script, [name], [owner, ttlMs > 0 ? wholeMs(ttlMs) : 0])) === 1;
}
