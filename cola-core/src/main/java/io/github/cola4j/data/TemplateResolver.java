package io.github.cola4j.data;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.util.ForLoop;
import java.beans.FeatureDescriptor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELException;
import jinjava.javax.el.ELResolver;

/**
 * What a chat template may look up and call: keys of maps, elements of lists, characters of texts,
 * a loop's variables, and the methods of Python's {@code str} and {@code dict} that templates use.
 * No Java property or method is reached.
 */
final class TemplateResolver extends ELResolver {
  private static final int CHARACTERS_PER_STEP = 64;

  @Override
  public Object getValue(ELContext context, Object base, Object property) {
    TemplateEngine.spend(1);
    context.setPropertyResolved(true);
    String name = String.valueOf(property);
    if (base instanceof Map<?, ?> map) {
      return map.get(name);
    }
    if (base instanceof List<?> list) {
      int index = index(name, list.size());
      return index < 0 ? null : list.get(index);
    }
    if (base instanceof String text) {
      int index = index(name, text.length());
      return index < 0 ? null : String.valueOf(text.charAt(index));
    }
    return base instanceof ForLoop loop ? variable(loop, name) : null;
  }

  /** A place in a sequence, counted from its end if negative; −1 if it has none. */
  private static int index(String name, int size) {
    if (!name.matches("-?\\d{1,9}")) {
      return -1;
    }
    int index = Integer.parseInt(name);
    index = index < 0 ? index + size : index;
    return index < size ? Math.max(index, -1) : -1;
  }

  private static Object variable(ForLoop loop, String name) {
    return switch (name) {
      case "index" -> loop.getIndex();
      case "index0" -> loop.getIndex0();
      case "revindex" -> loop.getRevindex();
      case "revindex0" -> loop.getRevindex0();
      case "first" -> loop.isFirst();
      case "last" -> loop.isLast();
      case "length" -> loop.getLength();
      default -> throw new ELException("loop." + name + " is not supported");
    };
  }

  @Override
  public Object invoke(
      ELContext context, Object base, Object method, Class<?>[] types, Object[] arguments) {
    TemplateEngine.spend(1);
    context.setPropertyResolved(true);
    if (base instanceof Filter filter && method.equals("filter")) {
      return filter(filter, arguments);
    }
    TemplateEngine.spend(steps(base));
    if (base instanceof ExpTest test) {
      Object[] more = Arrays.copyOfRange(arguments, 2, arguments.length);
      JinjavaInterpreter interpreter = (JinjavaInterpreter) arguments[1];
      return method.equals("evaluateNegated")
          ? test.evaluateNegated(arguments[0], interpreter, more)
          : test.evaluate(arguments[0], interpreter, more);
    }
    Object result =
        base instanceof String text
            ? ofText(text, method.toString(), arguments)
            : base instanceof Map<?, ?> map ? ofMap(map, method.toString(), arguments) : null;
    if (result == null && !(base instanceof Map<?, ?> && method.equals("get"))) {
      throw new ELException("the method ." + method + "() is not supported on this value");
    }
    return result;
  }

  /** Applies a filter, and pays for what it reads and writes. */
  @SuppressWarnings("unchecked")
  private static Object filter(Filter filter, Object[] arguments) {
    Object[] more = (Object[]) arguments[2];
    TemplateEngine.spend(
        steps(arguments[0]) + Arrays.stream(more).mapToLong(TemplateResolver::steps).sum());
    Object result =
        filter.getName().equals("replace") && arguments[0] != null && more.length == 2
            ? replaced(arguments[0].toString(), String.valueOf(more[0]), more[1])
            : filter.filter(
                arguments[0],
                (JinjavaInterpreter) arguments[1],
                more,
                (Map<String, Object>) arguments[3]);
    TemplateEngine.spend(steps(result));
    return result;
  }

  private static long steps(Object value) {
    return value instanceof String text
        ? text.length() / CHARACTERS_PER_STEP
        : value instanceof Collection<?> collection ? collection.size() : 0;
  }

  private static Object ofText(String text, String method, Object[] arguments) {
    String first = arguments.length > 0 && arguments[0] != null ? arguments[0].toString() : null;
    return switch (method) {
      case "strip" -> right(left(text, first), first);
      case "lstrip" -> left(text, first);
      case "rstrip" -> right(text, first);
      case "upper" -> text.toUpperCase(Locale.ROOT);
      case "lower" -> text.toLowerCase(Locale.ROOT);
      case "title", "capitalize" -> capitalized(text, method.equals("title"));
      case "startswith" -> first != null && text.startsWith(first);
      case "endswith" -> first != null && text.endsWith(first);
      case "replace" -> arguments.length == 2 ? replaced(text, first, arguments[1]) : null;
      case "split" ->
          first == null
              ? words(text)
              : first.isEmpty() ? null : new ArrayList<>(List.of(parts(text, first)));
      default -> null;
    };
  }

  private static String[] parts(String text, String separator) {
    return text.split(Pattern.quote(separator), -1);
  }

  private static List<String> words(String text) {
    return text.isBlank()
        ? new ArrayList<>()
        : new ArrayList<>(List.of(text.strip().split("\\s+")));
  }

  private static String replaced(String text, String target, Object replacement) {
    if (target == null || replacement == null) {
      return null;
    }
    long count = target.isEmpty() ? text.length() + 1L : parts(text, target).length - 1L;
    if (text.length() + count * replacement.toString().length() > TemplateEngine.MAX_OUTPUT) {
      throw new ELException("a text of more than " + TemplateEngine.MAX_OUTPUT + " characters");
    }
    return text.replace(target, replacement.toString());
  }

  private static String left(String text, String characters) {
    if (characters == null) {
      return text.stripLeading();
    }
    int from = 0;
    while (from < text.length() && characters.indexOf(text.charAt(from)) >= 0) {
      from++;
    }
    return text.substring(from);
  }

  private static String right(String text, String characters) {
    if (characters == null) {
      return text.stripTrailing();
    }
    int to = text.length();
    while (to > 0 && characters.indexOf(text.charAt(to - 1)) >= 0) {
      to--;
    }
    return text.substring(0, to);
  }

  private static String capitalized(String text, boolean everyWord) {
    StringBuilder result = new StringBuilder();
    boolean start = true;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      result.append(start ? Character.toUpperCase(c) : Character.toLowerCase(c));
      start = everyWord && !Character.isLetter(c);
    }
    return result.toString();
  }

  private static Object ofMap(Map<?, ?> map, String method, Object[] arguments) {
    return switch (method) {
      case "keys" -> new ArrayList<>(map.keySet());
      case "values" -> new ArrayList<>(map.values());
      case "items" -> new ArrayList<>(map.entrySet());
      case "get" -> {
        Object value = map.get(String.valueOf(arguments[0]));
        yield value == null && arguments.length > 1 ? arguments[1] : value;
      }
      default -> null;
    };
  }

  @Override
  public Class<?> getType(ELContext context, Object base, Object property) {
    return Object.class;
  }

  @Override
  public void setValue(ELContext context, Object base, Object property, Object value) {
    throw new ELException("a chat template changes nothing");
  }

  @Override
  public boolean isReadOnly(ELContext context, Object base, Object property) {
    return true;
  }

  @Override
  public Iterator<FeatureDescriptor> getFeatureDescriptors(ELContext context, Object base) {
    return List.<FeatureDescriptor>of().iterator();
  }

  @Override
  public Class<?> getCommonPropertyType(ELContext context, Object base) {
    return Object.class;
  }
}
