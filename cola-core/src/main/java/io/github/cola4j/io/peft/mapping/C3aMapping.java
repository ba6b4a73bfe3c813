package io.github.cola4j.io.peft.mapping;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.io.peft.PeftConfig;
import io.github.cola4j.io.peft.PeftMapping;
import io.github.cola4j.io.peft.PeftOutput;
import io.github.cola4j.io.peft.PeftReading;
import io.github.cola4j.nn.Matrix;
import java.util.Map;
import java.util.Set;

/** PEFT's C³A, whose block sizes are our ranks. */
public final class C3aMapping implements PeftMapping {
  private static final String KERNEL = "c3a_kernel";
  private static final String SIZE = "block_size";
  private static final String SIZES = "block_size_pattern";

  @Override
  public String type() {
    return "C3A";
  }

  @Override
  public Set<String> methods() {
    return Set.of("c3a");
  }

  @Override
  public Set<String> keys() {
    return Set.of(SIZE, SIZES, "init_weights");
  }

  @Override
  public PeftReading reading(PeftConfig config) {
    config.positive(SIZE);
    return new Reading(config);
  }

  private record Reading(PeftConfig config) implements PeftReading {

    @Override
    public String method() {
      return "c3a";
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of(KERNEL, "w");
    }

    @Override
    public Order order(String suffix, String module) {
      return Order.BLOCKS;
    }

    @Override
    public long[] shape(String suffix, String module, int rows, int columns) {
      return new long[] {columns, rows / rank(module), rank(module)};
    }

    @Override
    public int rank(String module) {
      return (int) config.positive(SIZES, module, SIZE);
    }
  }

  @Override
  public void write(PeftOutput output) {
    output.requireWhole();
    int general = output.adapter().rankOf(output.modules().iterator().next().linear().name());
    output.config().put("peft_type", type());
    output.config().put(SIZE, general);
    ObjectNode sizes = output.config().putObject(SIZES);
    for (Adapter module : output.modules()) {
      String name = module.linear().name();
      int size = output.adapter().rankOf(name);
      Matrix w = output.parameter(name + "/w");
      output.put(name, KERNEL, w.toArray(), w.columns(), w.rows() / size, size);
      output.rounds(name + "/w");
      output.rank(name, size);
      if (size != general) {
        sizes.put(name, size);
      }
    }
    output.config().put("bias", "none");
    output.config().put("init_weights", true);
  }
}
