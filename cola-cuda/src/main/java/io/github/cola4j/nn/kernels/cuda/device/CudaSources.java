package io.github.cola4j.nn.kernels.cuda.device;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code .cu} resources. Each is a translation unit with {@code common.cu} before it; a line
 * {@code #include "tiles.cu"} stands for another resource.
 */
public final class CudaSources {
  /** All but {@code common}. */
  private static final List<String> NAMES =
      List.of(
          "stored",
          "elementwise",
          "grouped",
          "norm",
          "activation",
          "optimizer",
          "attention",
          "tensorattention");

  private static final String FOLDER = "/io/github/cola4j/nn/kernels/cuda/";

  private static final Pattern INCLUDE = Pattern.compile("(?m)^#include \"(\\w+)\\.cu\"$");

  private static final Pattern KERNEL =
      Pattern.compile("__global__\\s+void\\s+(?:__launch_bounds__\\([^)]*\\)\\s*)?(\\w+)\\s*\\(");

  private CudaSources() {}

  /** The resources' names, without the ending. */
  public static List<String> names() {
    return NAMES;
  }

  /** The text of one, with {@code common.cu} before it. */
  public static String text(String name) {
    return read("common") + own(name);
  }

  /** The text of one alone. */
  public static String own(String name) {
    return "\n#line 1 \"" + name + ".cu\"\n" + withIncluded(read(name));
  }

  private static String withIncluded(String text) {
    return INCLUDE
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(read(found.group(1))));
  }

  /** The kernels that a text defines. */
  public static List<String> kernels(String text) {
    return KERNEL.matcher(text).results().map(result -> result.group(1)).toList();
  }

  /** A resource as it is. */
  public static String read(String name) {
    try (InputStream in = CudaSources.class.getResourceAsStream(FOLDER + name + ".cu")) {
      if (in == null) {
        throw new IllegalStateException(name + ".cu is missing from the jar of cola-cuda");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name + ".cu", e);
    }
  }
}
