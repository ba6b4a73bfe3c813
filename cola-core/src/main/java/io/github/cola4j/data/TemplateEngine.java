package io.github.cola4j.data;

import com.google.common.collect.Sets;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.Importable;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import com.hubspot.jinjava.lib.tag.ForTag;
import com.hubspot.jinjava.objects.date.StrftimeFormatter;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.util.ObjectIterator;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Renders Jinja templates that come with a model and are not trusted: no Java object can be
 * reached, nothing is loaded, and output, collections and steps are bounded. Only the tags, filters
 * and functions that chat templates use are there; white space is treated as Hugging Face does
 * (trim_blocks, lstrip_blocks).
 */
final class TemplateEngine {
  /** Characters of output, and of any text on the way, at most. */
  static final int MAX_OUTPUT = 4 << 20;

  /** Characters of a template at most. */
  static final int MAX_SOURCE = 1 << 20;

  /** Look-ups, calls and parts of loop bodies of one rendering at most. */
  private static final long MAX_STEPS = 2_000_000;

  private static final int MAX_ELEMENTS = 100_000;
  private static final int MAX_DEPTH = 64;

  private static final Set<String> TAGS =
      Set.of(
          "for",
          "endfor",
          "if",
          "elif",
          "else",
          "endif",
          "set",
          "endset",
          "break",
          "continue",
          "raw",
          "endraw");
  private static final Set<String> FILTERS =
      Set.of(
          "trim",
          "upper",
          "lower",
          "title",
          "capitalize",
          "replace",
          "join",
          "list",
          "length",
          "count",
          "first",
          "last",
          "default",
          "d",
          "int",
          "string",
          "selectattr",
          "rejectattr",
          "select",
          "reject",
          "map",
          "indent",
          "reverse",
          "safe");
  private static final Set<String> FUNCTIONS = Set.of(":range", ":namespace");

  /** Bindings no template can name. */
  private static final String BUDGET = "cola budget";

  private static final String NOW = "cola now";

  private static final Jinjava JINJAVA = sandbox();

  private TemplateEngine() {}

  /** What a template's own {@code raise_exception} says. */
  static final class RaisedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    RaisedException(String message) {
      super(message);
    }
  }

  /** The steps a rendering has left. */
  private static final class Budget {
    private long left = MAX_STEPS;
  }

  /**
   * Renders a template.
   *
   * @param source the template
   * @param variables texts, numbers, booleans, lists and maps
   * @param now for {@code strftime_now}
   * @throws IllegalArgumentException if the template refuses, is malformed, uses what is not
   *     supported or exceeds a bound
   */
  static String render(String source, Map<String, Object> variables, LocalDateTime now) {
    if (source.length() > MAX_SOURCE) {
      throw new IllegalArgumentException(
          "the chat template has " + source.length() + " characters, at most " + MAX_SOURCE);
    }
    requireFlat(source);
    Map<String, Object> bindings = new HashMap<>(variables);
    bindings.put(BUDGET, new Budget());
    bindings.put(NOW, now);
    // functions that templates ask for with "is defined"
    bindings.put("strftime_now", true);
    bindings.put("raise_exception", true);
    RenderResult result;
    try {
      // Jinja drops the line break at a template's end; Jinjava would drop that of the output
      String whole = source.endsWith("\n") ? source.substring(0, source.length() - 1) : source;
      result = JINJAVA.renderForResult(whole, bindings);
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException("the chat template is nested too deeply", e);
    } catch (RuntimeException e) {
      throw failure(e.getMessage(), e);
    }
    if (result.hasErrors()) {
      TemplateError error = result.getErrors().get(0);
      String line = error.getLineno() > 0 ? " (line " + error.getLineno() + ")" : "";
      throw failure(error.getMessage() + line, error.getException());
    }
    return result.getOutput();
  }

  /** Refuses brackets so deep that parsing them takes for ever. */
  private static void requireFlat(String source) {
    int depth = 0;
    for (int i = 0; i < source.length(); i++) {
      char c = source.charAt(i);
      if (c == '{' && i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        depth = 0;
      } else if (c == '(' || c == '[' || c == '{') {
        depth++;
      } else if (c == ')' || c == ']' || c == '}') {
        depth--;
      }
      if (depth > MAX_DEPTH) {
        throw new IllegalArgumentException("the chat template is nested too deeply");
      }
    }
  }

  private static IllegalArgumentException failure(String reason, Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof RaisedException) {
        return new IllegalArgumentException(
            "the chat template refuses the dialogue: " + cause.getMessage(), e);
      }
    }
    return new IllegalArgumentException(
        "the model's chat template cannot be rendered: "
            + reason
            + "; take a built-in template by its name",
        e);
  }

  private static Jinjava sandbox() {
    Context all = new Jinjava().getGlobalContext();
    Map<Library, Set<String>> disabled =
        Map.of(
            Library.TAG, others(all.getAllTags(), TAGS),
            Library.FILTER, others(all.getAllFilters(), FILTERS),
            Library.FUNCTION, others(all.getAllFunctions(), FUNCTIONS));
    Jinjava jinjava =
        new Jinjava(
            JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                .withKeepTrailingNewline(true)
                .withLegacyOverrides(
                    LegacyOverrides.Builder.from(LegacyOverrides.ALL)
                        .withWhitespaceRequiredWithinTokens(false)
                        .build())
                .withNestedInterpretationEnabled(false)
                .withMaxOutputSize(MAX_OUTPUT)
                .withMaxStringLength(MAX_OUTPUT)
                .withMaxListSize(MAX_ELEMENTS)
                .withMaxMapSize(MAX_ELEMENTS)
                .withRangeLimit(MAX_ELEMENTS)
                .withMaxRenderDepth(MAX_DEPTH)
                .withElResolver(new TemplateResolver())
                .withDisabled(disabled)
                .build());
    jinjava.setResourceLocator(
        (name, encoding, interpreter) -> {
          throw new IllegalArgumentException("a chat template loads no other");
        });
    Context context = jinjava.getGlobalContext();
    context.registerTag(new BoundedFor());
    context.registerFilter(new StripFilter());
    context.registerFunction(
        new ELFunctionDefinition(
            "", "raise_exception", TemplateEngine.class, "raiseException", Object.class));
    context.registerFunction(
        new ELFunctionDefinition(
            "", "strftime_now", TemplateEngine.class, "strftimeNow", Object.class));
    return jinjava;
  }

  private static Set<String> others(Collection<? extends Importable> all, Set<String> allowed) {
    return Set.copyOf(
        Sets.difference(
            all.stream().map(Importable::getName).collect(Collectors.toSet()), allowed));
  }

  /** A template's {@code raise_exception(message)}. */
  public static String raiseException(Object message) {
    throw new RaisedException(String.valueOf(message));
  }

  /** A template's {@code strftime_now(format)}. */
  public static String strftimeNow(Object format) {
    LocalDateTime now = (LocalDateTime) JinjavaInterpreter.getCurrent().getContext().get(NOW);
    return StrftimeFormatter.format(now.atZone(ZoneOffset.UTC), format.toString(), Locale.ENGLISH);
  }

  /** Takes steps from the budget of the rendering on this thread. */
  static void spend(long steps) {
    Object budget = JinjavaInterpreter.getCurrent().getContext().get(BUDGET);
    if (budget instanceof Budget bounded) {
      bounded.left -= steps;
      if (bounded.left < 0) {
        throw new RaisedException("it takes more than " + MAX_STEPS + " steps");
      }
    }
  }

  /** Jinja's {@code trim}: all white space, where Jinjava's takes control characters. */
  private static final class StripFilter implements Filter {
    @Override
    public String getName() {
      return "trim";
    }

    @Override
    public Object filter(Object value, JinjavaInterpreter interpreter, String... arguments) {
      return value == null ? "" : value.toString().strip();
    }
  }

  /** A loop that pays for all its rounds before the first. */
  private static final class BoundedFor extends ForTag {
    private static final long serialVersionUID = 1;

    @Override
    public String renderForCollection(
        TagNode tag, JinjavaInterpreter interpreter, List<String> names, Object collection) {
      spend((long) ObjectIterator.getLoop(collection).getLength() * size(tag));
      return super.renderForCollection(tag, interpreter, names, collection);
    }

    private static long size(Node node) {
      return 1 + node.getChildren().stream().mapToLong(BoundedFor::size).sum();
    }
  }
}
