package io.github.cola4j.data.jinja.eval;

import io.github.cola4j.data.jinja.value.Budget;
import io.github.cola4j.data.jinja.value.Range;
import io.github.cola4j.data.jinja.value.TemplateException;
import io.github.cola4j.data.jinja.value.Text;
import io.github.cola4j.data.jinja.value.Values;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The filter {@code tojson} as Hugging Face has it: Python's {@code json.dumps}. */
final class Json {
  private static final String ESCAPED = "\"\\\n\r\t\f\b";
  private static final String LETTERS = "\"\\nrtfb";

  private final Budget budget;
  private final boolean ascii;
  private final String indent;
  private final String comma;
  private final String colon;
  private final boolean sorted;
  private final StringBuilder text = new StringBuilder();

  private Json(
      Budget budget, boolean ascii, String indent, String comma, String colon, boolean sorted) {
    this.budget = budget;
    this.ascii = ascii;
    this.indent = indent;
    this.comma = comma;
    this.colon = colon;
    this.sorted = sorted;
  }

  static String of(Budget budget, Object value, CallArguments arguments) {
    arguments.require("tojson", 0, List.of("ensure_ascii", "indent", "separators", "sort_keys"));
    Object by = arguments.get(1, "indent", null);
    String indent =
        by == null || by instanceof String
            ? (String) by
            : " ".repeat((int) Math.max(0, Math.min(100, arguments.integer(1, "indent", 0))));
    String comma = indent == null ? ", " : ",";
    String colon = ": ";
    if (arguments.get(2, "separators", null) instanceof List<?> pair) {
      if (pair.size() != 2
          || !(pair.get(0) instanceof String first)
          || !(pair.get(1) instanceof String second)) {
        throw new TemplateException("separators of tojson are two strings");
      }
      comma = first;
      colon = second;
    }
    Json json =
        new Json(
            budget,
            arguments.flag(0, "ensure_ascii", false),
            indent,
            comma,
            colon,
            arguments.flag(3, "sort_keys", false));
    json.write(value, 0);
    return json.text.toString();
  }

  private void add(String part) {
    budget.string(part.length());
    text.append(part);
  }

  private void write(Object value, int level) {
    if (value instanceof String string) {
      quote(string);
    } else if (value == null) {
      add("null");
    } else if (value instanceof Boolean || value instanceof Long) {
      add(value.toString());
    } else if (value instanceof Double number) {
      add(real(number));
    } else if (value instanceof List<?> list && !(value instanceof Range)) {
      list(list, level);
    } else if (value instanceof Map<?, ?> map) {
      map(map, level);
    } else {
      throw new TemplateException("a " + Values.type(value) + " cannot be written as JSON");
    }
  }

  private static String real(double number) {
    return Double.isNaN(number)
        ? "NaN"
        : Double.isInfinite(number) ? number > 0 ? "Infinity" : "-Infinity" : Text.real(number);
  }

  private void line(int level) {
    if (indent != null) {
      add("\n");
      for (int i = 0; i < level; i++) {
        add(indent);
      }
    }
  }

  private void list(List<?> list, int level) {
    budget.enter();
    add("[");
    for (int i = 0; i < list.size(); i++) {
      add(i == 0 ? "" : comma);
      line(level + 1);
      write(list.get(i), level + 1);
    }
    if (!list.isEmpty()) {
      line(level);
    }
    add("]");
    budget.leave();
  }

  private void map(Map<?, ?> map, int level) {
    budget.enter();
    add("{");
    List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
    if (sorted) {
      budget.elements(entries.size() * 16L);
      entries.sort(
          Comparator.comparing(Map.Entry::getKey, (a, b) -> Values.order(budget, "<", a, b)));
    }
    boolean first = true;
    for (Map.Entry<?, ?> entry : entries) {
      add(first ? "" : comma);
      line(level + 1);
      Object key = entry.getKey();
      quote(key == null ? "null" : key.toString());
      add(colon);
      write(entry.getValue(), level + 1);
      first = false;
    }
    if (!first) {
      line(level);
    }
    add("}");
    budget.leave();
  }

  private void quote(String string) {
    budget.string(string.length() + 2L);
    text.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      int escape = ESCAPED.indexOf(c);
      if (escape >= 0) {
        text.append('\\').append(LETTERS.charAt(escape));
      } else if (c < 0x20 || (ascii && c > 0x7e)) {
        text.append(String.format("\\u%04x", (int) c));
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }
}
