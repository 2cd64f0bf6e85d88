// A name as it is understood: the rules of the notebook `Names`, word for word.

const BESIDE = { "ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i" };
const ASCII = /^[\0-\x7f]*$/;
const WORD = /[\p{L}\p{N}]+/gu, ASCII_WORD = /[a-zA-Z0-9]+/g;  // the second is quicker
const WITHIN_WORDS = /(?<=[\p{L}\p{N}_])[^\p{L}\p{N}_\s](?=[\p{L}\p{N}_])/gu;  // signs without a space, as in Spider-Man

// An accent is what normalising would put before another one.
const LAST = "\u0345";
const isAccent = letter => letter === LAST || (LAST + letter).normalize("NFD")[0] !== LAST;

// Python's `casefold`: the small letter of the capital, for Cherokee the capital itself.
function small(letter) {
  const capital = letter.toLowerCase().toUpperCase();
  return /\p{Script=Cherokee}/u.test(letter) ? capital : capital.toLowerCase();
}

const LONGEST = 200;  // letters of a name that are read

export function plain(whole) {
  const text = whole.length > LONGEST ? Array.from(whole).slice(0, LONGEST).join("") : whole;
  if (ASCII.test(text)) return text.toLowerCase();
  let letters = "";
  for (const letter of Array.from(text, small).join("").normalize("NFKD")) {
    if (letter < "\x80") letters += letter;
    else if (!isAccent(letter)) letters += BESIDE[letter] ?? letter;
  }
  return letters.length > LONGEST ? Array.from(letters).slice(0, LONGEST).join("") : letters;
}

const parted = letters => letters.match(ASCII.test(letters) ? ASCII_WORD : WORD) ?? [];

export function fold(text) {
  return parted(plain(text)).join("") || Array.from(text.trim()).slice(0, LONGEST).join("");
}

export function words(text) {
  return parted(plain(text).replace(/['’]/g, ""));
}

// The words that a name is listed under, in one text: " spider man spiderman".
export function spelled(name) {
  const joined = /[^\w\s]/.test(name) ? name.replace(WITHIN_WORDS, "") : name;
  return " " + [...words(name), ...(joined === name ? [] : words(joined))].join(" ");
}
