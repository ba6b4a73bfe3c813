package io.github.cola4j.adapter;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * A regular expression for names of modules, which may come from a file of others. RE2/J's time
 * grows with the length of the name and of the expression and no faster; so it has no look-ahead,
 * look-behind and back references.
 */
public final class ModulePattern {
  private static final int MAX_LENGTH = 4096;

  /**
   * Instructions of the compiled expression; a repetition {@code {100}} counts its body so often.
   */
  private static final int MAX_SIZE = 20_000;

  private final Pattern pattern;

  private ModulePattern(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * Compiles an expression.
   *
   * @param what messages begin with it
   * @throws IllegalArgumentException if it is none, or too large
   */
  public static ModulePattern of(String what, String regex) {
    if (regex.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          String.format(
              "%.80s is too long: expected at most %d characters, got %d; list the modules' names",
              what, MAX_LENGTH, regex.length()));
    }
    Pattern pattern;
    try {
      pattern = Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      boolean look = regex.contains("(?=") || regex.contains("(?!") || regex.contains("(?<");
      throw new IllegalArgumentException(
          what
              + " is no regular expression: "
              + e.getDescription()
              + (look ? " (there is no look-ahead and no look-behind; name the modules)" : ""),
          e);
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException(what + " is nested too deeply", e);
    }
    if (pattern.programSize() > MAX_SIZE) {
      throw new IllegalArgumentException(
          what + " repeats too much; expected {…} of smaller numbers, or the modules' names");
    }
    return new ModulePattern(pattern);
  }

  /** Whether it matches the whole name. */
  public boolean matches(String module) {
    return pattern.matches(module);
  }

  /** Whether it matches a part of the name. */
  boolean isFoundIn(String module) {
    return pattern.matcher(module).find();
  }
}
