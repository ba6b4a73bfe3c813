package io.github.cola4j.data.jinja.eval;

import java.util.List;

/**
 * A macro.
 *
 * @param defaults of the last parameters
 */
public record MacroDefinition(
    String name, List<String> parameters, List<Expression> defaults, Statement.Block body) {}
