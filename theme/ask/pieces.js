// The data of the page is in small compressed files, which are fetched once, when a question needs them.

const DATA_FOLDER = new URL("../../ask/", import.meta.url);
const pieces = new Map();

async function decompress(response) {
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return new TextDecoder().decode(bytes);  // already decompressed by the host
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

async function fetchJson(name) {
  const response = await fetch(new URL(`${name}.json.gz`, DATA_FOLDER));
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  return JSON.parse(await decompress(response));
}

export function fetchPiece(name) {
  if (!pieces.has(name)) {
    const piece = fetchJson(name);
    pieces.set(name, piece);
    piece.catch(() => pieces.delete(name));  // so that it can be retried
  }
  return pieces.get(name);
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
