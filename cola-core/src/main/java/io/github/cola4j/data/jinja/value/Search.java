package io.github.cola4j.data.jinja.value;

/** Finds strings in strings, in time that grows with their lengths and not with the product. */
public final class Search {
  /** Above this, {@code String.indexOf} would be slow for strings made to be so. */
  private static final int SHORT = 8;

  private final Budget budget;
  private final String text;
  private final String part;
  private final int[] borders;

  /** Pays for one pass over the text, which a long part makes slower. */
  public Search(Budget budget, String text, String part) {
    this.budget = budget;
    this.text = text;
    this.part = part;
    budget.read((part.length() <= SHORT ? 2L : 4L) * text.length());
    borders = part.length() <= SHORT || part.length() > text.length() ? null : borders();
  }

  private int[] borders() {
    budget.string(2L * part.length());
    int[] longest = new int[part.length()];
    for (int i = 1, length = 0; i < part.length(); ) {
      if (part.charAt(i) == part.charAt(length)) {
        longest[i++] = ++length;
      } else if (length > 0) {
        length = longest[length - 1];
      } else {
        i++;
      }
    }
    return longest;
  }

  /** Where the part begins, at or after a place; −1 if it does not. */
  public int next(int from) {
    if (borders == null) {
      return text.indexOf(part, from);
    }
    int matched = 0;
    for (int i = from; i < text.length(); i++) {
      while (matched > 0 && text.charAt(i) != part.charAt(matched)) {
        matched = borders[matched - 1];
      }
      matched += text.charAt(i) == part.charAt(matched) ? 1 : 0;
      if (matched == part.length()) {
        return i - matched + 1;
      }
    }
    return -1;
  }
}
