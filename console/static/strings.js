// The page's words, in its language, from the JSON block of the template.

const words = JSON.parse(document.getElementById("strings").textContent);
const locale = document.documentElement.lang;

/** The words for `key`, with {name} filled in from `values`. */
export function say(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** A number as the page's language writes it; Arabic with the digits of the phones' keys. */
export function figure(value) {
  return new Intl.NumberFormat(locale === "ar" ? "ar-u-nu-latn" : locale, { maximumFractionDigits: 2 }).format(value);
}

const [open, close] = locale === "fr" ? ["«\u00a0", "\u00a0»"] : locale === "ar" ? ["«", "»"] : ["“", "”"];

/** Several letters as one list, each in quotation marks and kept apart from the direction around it. */
export function letters(list) {
  return list.map((each) => `${open}\u2068${each}\u2069${close}`).join(locale === "ar" ? "، " : ", ");
}
