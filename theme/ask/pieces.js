// The data of the page is in small compressed files, which are fetched once, when a question needs them.

const PLACE = new URL("../../ask/", import.meta.url);
const fetched = new Map();

async function unpacked(answer) {
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return new TextDecoder().decode(bytes);  // already decompressed by the host
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

async function get(name) {
  const answer = await fetch(new URL(`${name}.json.gz`, PLACE));
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  return JSON.parse(await unpacked(answer));
}

export function piece(name) {
  if (!fetched.has(name)) {
    const coming = get(name);
    fetched.set(name, coming);
    coming.catch(() => fetched.delete(name));  // so that it can be retried
  }
  return fetched.get(name);
}

// The CRC-32 of a text, which selects the piece for a name.
export function crc32(text) {
  let sum = -1;
  for (const byte of new TextEncoder().encode(text)) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ -1) >>> 0;
}
