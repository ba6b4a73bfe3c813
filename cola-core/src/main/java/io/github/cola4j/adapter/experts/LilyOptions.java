package io.github.cola4j.adapter.experts;

/**
 * What Lily alone has.
 *
 * @param stride how many consecutive layers of a target share an A; default 4
 */
public record LilyOptions(Integer stride) {
  /** Fills in the default and checks it. */
  public LilyOptions {
    stride = stride == null ? 4 : stride;
    if (stride < 1) {
      throw new IllegalArgumentException(
          "options.stride (layers that share an A) must be at least 1, got " + stride);
    }
  }
}
