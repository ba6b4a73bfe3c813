package io.github.cola4j.nn;

/** Seeds derived from seeds, so that every random choice has its own and any machine agrees. */
public final class Seeds {
  private Seeds() {}

  /** A seed that depends on every part and on their order (the finaliser of SplitMix64). */
  public static long mix(long... parts) {
    long state = 0x9E3779B97F4A7C15L;
    for (long part : parts) {
      state = (state ^ part) * 0xBF58476D1CE4E5B9L + 0x94D049BB133111EBL;
      state = (state ^ (state >>> 27)) * 0x94D049BB133111EBL;
      state ^= state >>> 31;
    }
    return state;
  }

  /** A number for a text, the same on every machine. */
  public static long of(String text) {
    long hash = 1125899906842597L;
    for (int i = 0; i < text.length(); i++) {
      hash = 31 * hash + text.charAt(i);
    }
    return mix(hash);
  }
}
