package io.github.cola4j.data.template;

import io.github.cola4j.data.jinja.JinjaTemplate;
import io.github.cola4j.data.jinja.value.TemplateException;
import java.time.LocalDateTime;
import java.util.Map;

/**
 * Renders Jinja templates that come with a model and are not trusted: nothing of Java can be
 * reached, nothing is loaded, and source, output, memory and steps are bounded.
 */
final class TemplateEngine {
  /** Characters of output at most. */
  static final int MAX_OUTPUT = 4 << 20;

  /** Characters of a template at most. */
  static final int MAX_SOURCE = 1 << 20;

  private TemplateEngine() {}

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
    try {
      return JinjaTemplate.parse(source).render(variables, now, MAX_OUTPUT);
    } catch (TemplateException.Raised e) {
      throw new IllegalArgumentException(
          "the chat template refuses the dialogue: " + e.getMessage(), e);
    } catch (TemplateException e) {
      throw failure(e.getMessage(), e);
    } catch (StackOverflowError e) {
      throw failure("it is nested too deeply", e);
    }
  }

  private static IllegalArgumentException failure(String reason, Throwable e) {
    return new IllegalArgumentException(
        "the model's chat template cannot be rendered: "
            + reason
            + "; take a built-in template by its name",
        e);
  }
}
