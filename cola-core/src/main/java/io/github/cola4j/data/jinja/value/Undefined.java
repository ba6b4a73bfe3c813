package io.github.cola4j.data.jinja.value;

/**
 * What a name or key that is not there gives: empty when written or looped over, an error in
 * everything else.
 *
 * @param what the message of that error
 */
public record Undefined(String what) {
  public static Undefined name(String name) {
    return new Undefined("'" + name + "' is undefined");
  }

  public static Undefined attribute(Object base, Object name) {
    return new Undefined("a " + Values.type(base) + " has no attribute or key '" + name + "'");
  }

  public TemplateException error() {
    return new TemplateException(what);
  }
}
