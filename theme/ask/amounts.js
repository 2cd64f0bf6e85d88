// Amounts and returns as the page shows them: what is unknown is not shown as 0.

import { formatDollars, formatNumber, texts } from "./texts.js";

const MIN_PLAUSIBLE_AMOUNT = 1_000;  // US dollars, as in 13_explore

export const isDoubtful = amount => amount > 0 && amount < MIN_PLAUSIBLE_AMOUNT;

export function formatMoney(amount) {
  if (!amount) return texts.unknownMoney;
  return isDoubtful(amount) ? `${formatDollars(amount)} (${texts.doubtful})` : formatDollars(amount);
}

// The return; amounts: the budget and the revenue that it is computed from.
export function formatReturn(value, ...amounts) {
  if (!value) return texts.unknownMoney;
  const text = `${formatNumber(value, value < 10 ? 2 : 1)} ×`;
  return amounts.some(isDoubtful) ? `${text} (${texts.doubtful})` : text;
}
