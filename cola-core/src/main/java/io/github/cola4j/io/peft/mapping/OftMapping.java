package io.github.cola4j.io.peft.mapping;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.orthogonal.OftOptions;
import io.github.cola4j.io.peft.PeftConfig;
import io.github.cola4j.io.peft.PeftMapping;
import io.github.cola4j.io.peft.PeftOutput;
import io.github.cola4j.io.peft.PeftReading;
import io.github.cola4j.nn.Matrix;
import java.util.Map;
import java.util.Set;

/**
 * PEFT's OFT, which has one block size for all modules: our rank. One whose number of blocks is
 * given ({@code r}) has other sizes in other modules and is refused, as is the constrained variant
 * ({@code coft}), which shortens Q in each forward.
 */
public final class OftMapping implements PeftMapping {
  private static final String WEIGHT = "oft_R.weight";
  private static final String SIZE = "oft_block_size";
  private static final String SERIES = "use_cayley_neumann";
  private static final String TERMS = "num_cayley_neumann_terms";
  private static final String SHARED = "block_share";

  @Override
  public String type() {
    return "OFT";
  }

  @Override
  public Set<String> methods() {
    return Set.of("oft");
  }

  @Override
  public Set<String> keys() {
    return Set.of(
        "r", SIZE, "module_dropout", "coft", "eps", SHARED, SERIES, TERMS, "init_weights");
  }

  @Override
  public PeftReading reading(PeftConfig config) {
    if (config.flag("coft")) {
      throw config.unsupported("coft", "the rotations of OFT are not constrained here");
    }
    if (config.get("r").asInt(0) != 0) {
      throw config.unsupported("r", "modules would have several block sizes; give " + SIZE);
    }
    int terms = config.get(SERIES).asBoolean(true) ? config.get(TERMS).asInt(5) : 0;
    if (terms != 0 && terms < 4) {
      throw config.unsupported(TERMS, "4 or more are read, or " + SERIES + " = false");
    }
    return new Reading(
        (int) config.positive(SIZE),
        config.get("module_dropout").asDouble(0),
        config.flag(SHARED),
        terms);
  }

  private record Reading(int size, double dropout, boolean one, int terms) implements PeftReading {

    @Override
    public String method() {
      return "oft";
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of(WEIGHT, "Q");
    }

    @Override
    public Order order(String suffix, String module) {
      return Order.COLUMNS;
    }

    @Override
    public int rank(String module) {
      return size;
    }

    @Override
    public Map<String, Object> options(Map<String, String> modules) {
      return Map.of("shared", one, "terms", terms);
    }
  }

  @Override
  public void write(PeftOutput output) {
    output.requireWhole();
    int size = output.oneRank();
    if (size == 0) {
      throw new IllegalArgumentException(
          "HF PEFT's OFT has one block size for all modules, this adapter has several; cola merge"
              + " writes the whole model");
    }
    for (Adapter module : output.modules()) {
      String name = module.linear().name();
      Matrix q = output.parameter(name + "/Q");
      output.put(name, WEIGHT, q.toArray(), q.columns(), q.rows());
      output.rounds(name + "/Q");
      output.rank(name, size);
    }
    OftOptions options = output.adapter().options(OftOptions.class);
    output.config().put("peft_type", type());
    output.config().put("r", 0);
    output.config().put(SIZE, size);
    output.config().put("module_dropout", 0.0);
    output.config().put("coft", false);
    output.config().put(SHARED, options.shared());
    output.config().put(SERIES, options.terms() != 0);
    output.config().put(TERMS, options.terms() == 0 ? 5 : options.terms());
    output.config().put("bias", "none");
    output.config().put("fan_in_fan_out", false);
    output.config().put("init_weights", true);
  }
}
