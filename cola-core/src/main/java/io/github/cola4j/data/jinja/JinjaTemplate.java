package io.github.cola4j.data.jinja;

import io.github.cola4j.data.jinja.eval.Rendering;
import io.github.cola4j.data.jinja.eval.Statement;
import io.github.cola4j.data.jinja.parse.TemplateParser;
import io.github.cola4j.data.jinja.value.TemplateException;
import java.time.LocalDateTime;
import java.util.Map;

/** A template that has been parsed. */
public final class JinjaTemplate {
  private final Statement.Block block;

  private JinjaTemplate(Statement.Block block) {
    this.block = block;
  }

  /**
   * Parses a template.
   *
   * @throws TemplateException if it is malformed or has a tag that is not supported
   */
  public static JinjaTemplate parse(String source) {
    return new JinjaTemplate(TemplateParser.parse(source));
  }

  /**
   * Renders it.
   *
   * @param variables strings, longs, doubles, booleans, nulls, lists and maps of these
   * @param now for {@code strftime_now}
   * @param maxOutput characters at most
   * @throws TemplateException if it uses what is not supported, does what is an error in Jinja2, or
   *     exceeds a bound
   */
  public String render(Map<String, Object> variables, LocalDateTime now, int maxOutput) {
    Rendering rendering = new Rendering(variables, now, maxOutput);
    rendering.run(block);
    return rendering.output();
  }
}
