package io.github.cola4j.data.jinja;

/**
 * What a name or key that is not there gives: empty when written or looped over, an error in
 * everything else.
 *
 * @param what the message of that error
 */
record Undefined(String what) {
  static Undefined name(String name) {
    return new Undefined("'" + name + "' is undefined");
  }

  static Undefined attribute(Object base, Object name) {
    return new Undefined("a " + Values.type(base) + " has no attribute or key '" + name + "'");
  }

  TemplateException error() {
    return new TemplateException(what);
  }
}
