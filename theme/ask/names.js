// A name as it is understood: the rules of the notebook `Names`, word for word.

const BESIDE = { "ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i" };
const WORD = /[\p{L}\p{N}]+/gu;
const WITHIN_WORDS = /(?<=[\p{L}\p{N}_])[^\p{L}\p{N}_\s](?=[\p{L}\p{N}_])/gu;  // signs without a space, as in Spider-Man

// An accent is what normalising would put before another one.
const LAST = "\u0345";
const isAccent = letter => letter === LAST || (LAST + letter).normalize("NFD")[0] !== LAST;

// Python's `casefold`: the small letter of the capital, for Cherokee the capital itself.
function small(letter) {
  const capital = letter.toLowerCase().toUpperCase();
  return /\p{Script=Cherokee}/u.test(letter) ? capital : capital.toLowerCase();
}

export function plain(text) {
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase();
  let letters = "";
  for (const letter of Array.from(text, small).join("").normalize("NFKD")) {
    if (letter < "\x80") letters += letter;
    else if (!isAccent(letter)) letters += BESIDE[letter] ?? letter;
  }
  return letters;
}

export function fold(text) {
  return (plain(text).match(WORD) ?? []).join("") || text.trim();
}

export function words(text) {
  return plain(text).replace(/['’]/g, "").match(WORD) ?? [];
}

// The words that a name is listed under, in one text: " spider man spiderman".
export function spelled(name) {
  const joined = name.replace(WITHIN_WORDS, "");
  return " " + [...words(name), ...(joined === name ? [] : words(joined))].join(" ");
}
