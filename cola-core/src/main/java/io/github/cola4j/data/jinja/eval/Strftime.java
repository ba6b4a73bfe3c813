package io.github.cola4j.data.jinja.eval;

import io.github.cola4j.data.jinja.value.TemplateException;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Python's {@code strftime} in the C locale. */
final class Strftime {
  private Strftime() {}

  static String format(LocalDateTime time, String format) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%') {
        text.append(c);
        continue;
      }
      boolean unpadded = i + 1 < format.length() && format.charAt(i + 1) == '-';
      i += unpadded ? 2 : 1;
      if (i >= format.length()) {
        throw new TemplateException("strftime_now: a format ends with %");
      }
      String part = part(time, format.charAt(i));
      text.append(unpadded ? part.replaceFirst("^0(?=\\d)", "") : part);
    }
    return text.toString();
  }

  private static String part(LocalDateTime time, char directive) {
    String pattern =
        switch (directive) {
          case 'Y' -> "yyyy";
          case 'y' -> "yy";
          case 'm' -> "MM";
          case 'd' -> "dd";
          case 'H' -> "HH";
          case 'I' -> "hh";
          case 'M' -> "mm";
          case 'S' -> "ss";
          case 'p' -> "a";
          case 'B' -> "MMMM";
          case 'b', 'h' -> "MMM";
          case 'A' -> "EEEE";
          case 'a' -> "EEE";
          case 'j' -> "DDD";
          case 'F' -> "yyyy-MM-dd";
          case 'T' -> "HH:mm:ss";
          case 'e' -> "ppd";
          case '%' -> "'%'";
          default -> throw TemplateException.unsupported("strftime_now with %" + directive);
        };
    return time.format(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH));
  }
}
