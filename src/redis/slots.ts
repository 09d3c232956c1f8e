/**
 * The slot of a key in a Redis Cluster (0 to 16,383), as the server computes it: CRC-16/XMODEM of the part in braces, if there is one
 * that is not empty, else of the whole key.
 */
export function slotOf(key: string): number {
  return crc16(Buffer.from(tagIn(key) ?? key)) % 16_384;
}

const tags = new Map<string, string>();

/**
 * A tag that puts keys into the slot of `name`: `{${tagFor(name)}}:p:dead` is where `name` is, and one script may touch both. That is
 * the tag in the name if it has one, and the name itself if it has no brace; else a short text that happens to fall into its slot.
 */
export function tagFor(name: string): string {
  const tag = tagIn(name);
  if (tag !== undefined) return tag;
  if (!/[{}]/.test(name)) return name;
  let found = tags.get(name);
  if (found === undefined) {
    found = findTag(slotOf(name));
    tags.set(name, found);
  }
  return found;
}

function tagIn(key: string): string | undefined {
  const start = key.indexOf("{");
  const end = start < 0 ? -1 : key.indexOf("}", start + 1);
  return end > start + 1 ? key.slice(start + 1, end) : undefined;
}

/** The slots of short numbers are spread evenly, so that some 16,000 tries find one. */
function findTag(slot: number): string {
  for (let n = 0; ; n++) {
    const text = n.toString(36);
    if (slotOf(text) === slot) return text;
  }
}

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ table[(crc >> 8) ^ byte]!;
  return crc;
}
