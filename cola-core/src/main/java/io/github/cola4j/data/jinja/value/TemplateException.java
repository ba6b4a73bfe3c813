package io.github.cola4j.data.jinja.value;

/** Why a template cannot be parsed or rendered; the message has the line where it is known. */
public class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public TemplateException(String message) {
    super(message);
  }

  /** The same with the line, unless an inner part of the template has said it. */
  public TemplateException at(int line) {
    if (this instanceof Raised || getMessage().endsWith(")") && getMessage().contains("(line ")) {
      return this;
    }
    return new TemplateException(getMessage() + " (line " + line + ")");
  }

  public static TemplateException unsupported(String what) {
    return new TemplateException(what + " is not supported");
  }

  /** What a template says with {@code raise_exception}. */
  public static final class Raised extends TemplateException {
    private static final long serialVersionUID = 1;

    public Raised(String message) {
      super(message);
    }
  }
}
