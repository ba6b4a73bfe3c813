package io.github.cola4j.io.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.io.adapter.BoundAdapter;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.nn.Matrix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** An adapter that is being written for HF PEFT: what a {@link PeftMapping} fills. */
public final class PeftOutput {
  private final BoundAdapter adapter;
  private final PeftExport.Options options;
  private final ObjectNode config;
  private final String prefix;
  private final Map<String, SafetensorsWriter.Stored> tensors = new LinkedHashMap<>();
  private final Map<String, Integer> ranks = new LinkedHashMap<>();
  private final RoundingLoss rounding;
  private double kept = 1;

  /**
   * @param config keys of every type are there
   * @param prefix before the names of modules
   */
  PeftOutput(BoundAdapter adapter, PeftExport.Options options, ObjectNode config, String prefix) {
    this.adapter = adapter;
    this.options = options;
    this.config = config;
    this.prefix = prefix;
    this.rounding = new RoundingLoss(options.type());
  }

  /** The adapted layers, refreshed for evaluation. */
  public Collection<Adapter> modules() {
    return adapter.all();
  }

  /** How they are adapted. */
  public AdapterConfig adapter() {
    return adapter.modules().config();
  }

  /** How to write. */
  public PeftExport.Options options() {
    return options;
  }

  /** What {@code adapter_config.json} will have. */
  public ObjectNode config() {
    return config;
  }

  /** A parameter of ours: {@code module/name}. */
  public Matrix parameter(String name) {
    return adapter.parameter(name);
  }

  /** What that parameter started from, and still is where training leaves it. */
  public float[] start(String name) {
    return adapter.start(name);
  }

  /** Refuses to leave out small singular values where the change is not of low rank alone. */
  public void requireWhole() {
    if (options.truncates()) {
      throw new IllegalArgumentException(
          "an adapter of method "
              + adapter().method()
              + " is no low-rank change alone, so it has no smaller rank; export it whole");
    }
  }

  /** Adds a module's tensor, row-major. */
  public void put(String module, String suffix, float[] elements, long... shape) {
    put(
        module,
        suffix,
        SafetensorsWriter.Stored.of(new SafetensorsWriter.Tensor(shape, elements), options.type()));
  }

  /** Adds a module's tensor of integers, row-major. */
  public void put(String module, String suffix, int[] elements, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * elements.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(elements);
    put(module, suffix, SafetensorsWriter.Stored.of("I32", shape, bytes));
  }

  /**
   * Adds a tensor of all modules, row-major.
   *
   * @param name its complete name
   */
  public void putShared(String name, float[] elements, long... shape) {
    tensors.put(
        name,
        SafetensorsWriter.Stored.of(new SafetensorsWriter.Tensor(shape, elements), options.type()));
  }

  private void put(String module, String suffix, SafetensorsWriter.Stored tensor) {
    tensors.put(PeftNames.WRAPPED + prefix + module + "." + suffix, tensor);
  }

  /**
   * The rank of all modules.
   *
   * @return 0 if they have several
   */
  public int oneRank() {
    int[] ranks =
        modules().stream()
            .mapToInt(module -> adapter().rankOf(module.linear().name()))
            .distinct()
            .toArray();
    return ranks.length == 1 ? ranks[0] : 0;
  }

  /** Says which rank a module is written with. */
  public void rank(String module, int rank) {
    ranks.put(module, rank);
  }

  /** Counts what rounding changes of a parameter {@code module/name}. */
  public void rounds(String name) {
    rounding.add(adapter.parameter(name).toArray(), adapter.start(name));
  }

  /** Counts what rounding changes of a product. */
  public void rounds(LowRank change) {
    rounding.add(change);
  }

  /** Says which share of Σσ² every layer keeps at least. */
  void keeps(double share) {
    kept = share;
  }

  Map<String, SafetensorsWriter.Stored> tensors() {
    return tensors;
  }

  Map<String, Integer> ranks() {
    return ranks;
  }

  RoundingLoss rounding() {
    return rounding;
  }

  double kept() {
    return kept;
  }
}
