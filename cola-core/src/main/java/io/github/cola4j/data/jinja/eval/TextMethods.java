package io.github.cola4j.data.jinja.eval;

import io.github.cola4j.data.jinja.value.Budget;
import io.github.cola4j.data.jinja.value.Search;
import io.github.cola4j.data.jinja.value.TemplateException;
import io.github.cola4j.data.jinja.value.Tuple;
import io.github.cola4j.data.jinja.value.Values;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;

/** Python's methods of {@code str} that chat templates use. Others are refused by name. */
public final class TextMethods {
  private static final Set<String> OTHERS =
      Set.of(
          "casefold",
          "center",
          "encode",
          "expandtabs",
          "format",
          "format_map",
          "isascii",
          "isdecimal",
          "isidentifier",
          "isnumeric",
          "isprintable",
          "istitle",
          "ljust",
          "maketrans",
          "partition",
          "rindex",
          "rjust",
          "rpartition",
          "swapcase",
          "translate",
          "zfill");

  private TextMethods() {}

  /** Null if a str has none of that name. */
  static Callable method(String text, String name) {
    return switch (name) {
      case "strip", "lstrip", "rstrip" -> (r, a) -> strip(r.budget(), text, name, a);
      case "upper", "lower", "title", "capitalize" ->
          (r, a) -> {
            a.require(name, 0, List.of());
            return cased(r.budget(), text, name);
          };
      case "startswith", "endswith" -> (r, a) -> bordered(r.budget(), text, name, a);
      case "replace" ->
          (r, a) -> {
            a.require(name, 2, List.of("old", "new", "count"));
            return replaced(
                r.budget(),
                text,
                required(a, 0, "old"),
                required(a, 1, "new"),
                a.integer(2, "count", -1));
          };
      case "removeprefix", "removesuffix" ->
          (r, a) -> {
            String part = required(a.require(name, 1, List.of("part")), 0, "part");
            r.budget().string(text.length());
            return name.equals("removeprefix")
                ? text.startsWith(part) ? text.substring(part.length()) : text
                : text.endsWith(part) ? text.substring(0, text.length() - part.length()) : text;
          };
      case "split", "rsplit" -> (r, a) -> split(r.budget(), text, name, a);
      case "splitlines" ->
          (r, a) -> {
            a.require(name, 0, List.of("keepends"));
            return new ArrayList<Object>(lines(r.budget(), text, a.flag(0, "keepends", false)));
          };
      case "join" ->
          (r, a) -> {
            a.require(name, 1, List.of("iterable"));
            return joined(r.budget(), text, a.get(0, "iterable", null));
          };
      case "find", "rfind", "index", "count" -> (r, a) -> found(r.budget(), text, name, a);
      case "isdigit", "isalpha", "isalnum", "isspace", "isupper", "islower" ->
          (r, a) -> {
            a.require(name, 0, List.of());
            r.budget().read(text.length());
            return is(text, name);
          };
      default ->
          OTHERS.contains(name)
              ? (r, a) -> {
                throw TemplateException.unsupported("the method ." + name + "() of a str");
              }
              : null;
    };
  }

  private static String required(CallArguments arguments, int index, String name) {
    String text = arguments.string(index, name, null);
    if (text == null) {
      throw new TemplateException(name + " must be a str, got NoneType");
    }
    return text;
  }

  /** White space as Python has it; all of it is one {@code char} wide. */
  public static boolean isSpace(int c) {
    return (c >= 9 && c <= 13)
        || (c >= 0x1c && c <= 0x20)
        || c == 0x85
        || c == 0xa0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200a)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202f
        || c == 0x205f
        || c == 0x3000;
  }

  private static String strip(Budget budget, String text, String how, CallArguments arguments) {
    arguments.require(how, 0, List.of("chars"));
    String characters = arguments.string(0, "chars", null);
    budget.string(text.length() * (1L + (characters == null ? 0 : characters.length() / 8)));
    String left = how.equals("rstrip") ? text : stripLeft(text, characters);
    return how.equals("lstrip") ? left : stripRight(left, characters);
  }

  /** Without some characters at both ends; null stands for white space. */
  static String strip(String text, String characters) {
    return stripRight(stripLeft(text, characters), characters);
  }

  private static boolean isIn(String characters, int c) {
    return characters == null ? isSpace(c) : characters.indexOf(c) >= 0;
  }

  static String stripLeft(String text, String characters) {
    int from = 0;
    while (from < text.length() && isIn(characters, text.codePointAt(from))) {
      from += Character.charCount(text.codePointAt(from));
    }
    return text.substring(from);
  }

  public static String stripRight(String text, String characters) {
    int to = text.length();
    while (to > 0 && isIn(characters, text.codePointBefore(to))) {
      to -= Character.charCount(text.codePointBefore(to));
    }
    return text.substring(0, to);
  }

  static String cased(Budget budget, String text, String how) {
    budget.string(2L * text.length());
    return switch (how) {
      case "upper" -> text.toUpperCase(Locale.ROOT);
      case "lower" -> text.toLowerCase(Locale.ROOT);
      case "capitalize" -> {
        int first = text.isEmpty() ? 0 : text.offsetByCodePoints(0, 1);
        yield titled(text.substring(0, first)) + text.substring(first).toLowerCase(Locale.ROOT);
      }
      default -> {
        StringBuilder result = new StringBuilder();
        boolean inside = false;
        for (int i = 0; i < text.length(); ) {
          int c = text.codePointAt(i);
          String character = Character.toString(c);
          result.append(inside ? character.toLowerCase(Locale.ROOT) : titled(character));
          inside = isCased(c);
          i += Character.charCount(c);
        }
        yield result.toString();
      }
    };
  }

  private static String titled(String character) {
    if (character.isEmpty()) {
      return "";
    }
    int title = Character.toTitleCase(character.codePointAt(0));
    String upper = character.toUpperCase(Locale.ROOT);
    return upper.length() > character.length()
        ? upper.substring(0, 1) + upper.substring(1).toLowerCase(Locale.ROOT)
        : Character.toString(title);
  }

  private static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  static boolean is(String text, String what) {
    IntPredicate all =
        switch (what) {
          case "isdigit" -> Character::isDigit;
          case "isalpha" -> Character::isLetter;
          case "isalnum" -> Character::isLetterOrDigit;
          case "isspace" -> TextMethods::isSpace;
          case "isupper" -> c -> !Character.isLowerCase(c) && !Character.isTitleCase(c);
          default -> c -> !Character.isUpperCase(c) && !Character.isTitleCase(c);
        };
    boolean some =
        what.equals("isupper") || what.equals("islower")
            ? text.codePoints().anyMatch(TextMethods::isCased)
            : !text.isEmpty();
    return some && text.codePoints().allMatch(all);
  }

  private static boolean bordered(Budget budget, String text, String how, CallArguments arguments) {
    arguments.require(how, 1, List.of("part"));
    Object part = arguments.get(0, "part", null);
    List<?> parts = part instanceof Tuple tuple ? tuple : Collections.singletonList(part);
    for (Object candidate : parts) {
      if (!(candidate instanceof String border)) {
        throw new TemplateException(how + " needs a str, got " + Values.type(candidate));
      }
      budget.read(border.length());
      if (how.equals("startswith") ? text.startsWith(border) : text.endsWith(border)) {
        return true;
      }
    }
    return false;
  }

  static String replaced(Budget budget, String text, String old, String with, long most) {
    List<String> parts = new ArrayList<>();
    if (old.isEmpty()) {
      text.codePoints().forEach(c -> parts.add(Character.toString(c)));
      budget.elements(parts.size());
      parts.add(0, "");
      parts.add("");
    } else {
      parts.addAll(parts(budget, text, old, -1));
    }
    long replacements = parts.size() - 1L;
    if (most >= 0 && most < replacements) {
      replacements = most;
    }
    budget.string(text.length() + replacements * Math.max(0, with.length() - old.length()));
    StringBuilder result = new StringBuilder(parts.get(0));
    for (int i = 1; i < parts.size(); i++) {
      result.append(i <= replacements ? with : old).append(parts.get(i));
    }
    return result.toString();
  }

  /** Parts between separators, which are not empty; at most so many cuts, or all if negative. */
  private static List<String> parts(Budget budget, String text, String separator, long cuts) {
    Search search = new Search(budget, text, separator);
    budget.string(text.length());
    List<String> parts = new ArrayList<>();
    int from = 0;
    for (int at = search.next(0);
        at >= 0 && (cuts < 0 || parts.size() < cuts);
        at = search.next(from)) {
      budget.elements(1);
      parts.add(text.substring(from, at));
      from = at + separator.length();
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static List<Object> split(
      Budget budget, String text, String how, CallArguments arguments) {
    arguments.require(how, 0, List.of("sep", "maxsplit"));
    String separator = arguments.string(0, "sep", null);
    long cuts = arguments.integer(1, "maxsplit", -1);
    if (separator != null && separator.isEmpty()) {
      throw new TemplateException("empty separator");
    }
    if (how.equals("rsplit") && cuts >= 0) {
      return splitFromRight(budget, text, separator, cuts);
    }
    return new ArrayList<>(
        separator == null ? words(budget, text, cuts) : parts(budget, text, separator, cuts));
  }

  private static List<Object> splitFromRight(
      Budget budget, String text, String separator, long cuts) {
    if (separator == null) {
      throw TemplateException.unsupported("rsplit without a separator and with maxsplit");
    }
    String mirrored = new StringBuilder(separator).reverse().toString();
    List<Object> parts = new ArrayList<>();
    for (String part :
        parts(budget, new StringBuilder(text).reverse().toString(), mirrored, cuts)) {
      parts.add(0, new StringBuilder(part).reverse().toString());
      budget.step(parts.size());
    }
    return parts;
  }

  private static List<String> words(Budget budget, String text, long cuts) {
    budget.string(text.length());
    List<String> words = new ArrayList<>();
    int from = 0;
    while (true) {
      while (from < text.length() && isSpace(text.charAt(from))) {
        from++;
      }
      if (from == text.length()) {
        return words;
      }
      budget.elements(1);
      if (cuts >= 0 && words.size() == cuts) {
        words.add(text.substring(from));
        return words;
      }
      int to = from;
      while (to < text.length() && !isSpace(text.charAt(to))) {
        to++;
      }
      words.add(text.substring(from, to));
      from = to;
    }
  }

  /** Python's {@code splitlines}. */
  static List<String> lines(Budget budget, String text, boolean keepEnds) {
    budget.string(text.length());
    List<String> lines = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean end =
          (c >= 0x0a && c <= 0x0d)
              || (c >= 0x1c && c <= 0x1e)
              || c == 0x85
              || c == 0x2028
              || c == 0x2029;
      if (end) {
        int past = c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n' ? i + 2 : i + 1;
        budget.elements(1);
        lines.add(text.substring(from, keepEnds ? past : i));
        i = past - 1;
        from = past;
      }
    }
    if (from < text.length()) {
      lines.add(text.substring(from));
    }
    return lines;
  }

  private static String joined(Budget budget, String separator, Object items) {
    StringBuilder result = new StringBuilder();
    boolean first = true;
    for (Object item : Values.items(budget, items)) {
      if (!(item instanceof String part)) {
        throw new TemplateException("join needs strs, got a " + Values.type(item));
      }
      budget.string((long) part.length() + separator.length());
      result.append(first ? "" : separator).append(part);
      first = false;
    }
    return result.toString();
  }

  private static long found(Budget budget, String text, String how, CallArguments arguments) {
    String part = required(arguments.require(how, 1, List.of("part")), 0, "part");
    if (how.equals("count")) {
      return part.isEmpty()
          ? Values.length(budget, text) + 1
          : parts(budget, text, part, -1).size() - 1L;
    }
    Search search = new Search(budget, text, part);
    int at = search.next(0);
    if (how.equals("rfind") && at >= 0) {
      String mirrored = new StringBuilder(text).reverse().toString();
      budget.string(text.length());
      int end = new Search(budget, mirrored, new StringBuilder(part).reverse().toString()).next(0);
      at = text.length() - end - part.length();
    }
    if (at < 0 && how.equals("index")) {
      throw new TemplateException("substring not found");
    }
    return at < 0 ? -1 : text.codePointCount(0, at);
  }
}
