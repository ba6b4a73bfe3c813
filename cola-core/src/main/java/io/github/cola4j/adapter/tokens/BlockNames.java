package io.github.cola4j.adapter.tokens;

import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The blocks of a model, by the numbers in its linear layers' names. */
public final class BlockNames {
  private static final Pattern BLOCK = Pattern.compile("^((?:.*?\\.)?\\d+)\\.");

  private BlockNames() {}

  /**
   * The width of each block's tokens by the block's name, in the model's order: what its first
   * layer takes.
   */
  public static Map<String, Integer> widths(List<FrozenLinear> linears) {
    Map<String, Integer> widths = new LinkedHashMap<>();
    for (FrozenLinear linear : linears) {
      Matcher name = BLOCK.matcher(linear.name());
      if (name.find()) {
        widths.putIfAbsent(name.group(1), linear.in());
      }
    }
    return widths;
  }
}
