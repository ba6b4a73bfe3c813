package io.github.cola4j.data.jinja.parse;

/**
 * A piece of a template.
 *
 * @param kind what it is
 * @param text the template's text, a name, an operator; of a string its value
 * @param line where it begins
 */
record Token(Kind kind, String text, int line) {
  enum Kind {
    /** Text outside of tags. */
    DATA,
    OUTPUT_BEGIN,
    OUTPUT_END,
    TAG_BEGIN,
    TAG_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean is(Kind other, String expected) {
    return kind == other && text.equals(expected);
  }
}
