package io.github.cola4j.adapter;

import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.init.RandomValues;
import io.github.cola4j.adapter.tokens.BlockNames;
import io.github.cola4j.adapter.tokens.TokenMerging;
import io.github.cola4j.adapter.tokens.TokenModulation;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The linear layers of one model that a configuration adapts: derives where their parameters lie in
 * a task's flat vector, what they start from, and binds adapters to such a vector. Immutable.
 */
public final class AdaptedModules {
  /** Name of the head's weight [classes × d] in a layout. */
  public static final String HEAD_WEIGHT = "head.weight";

  /** Name of the head's bias [classes × 1] in a layout. */
  public static final String HEAD_BIAS = "head.bias";

  private final AdapterConfig config;
  private final AdapterMethod method;
  private final List<FrozenLinear> linears;
  private final List<ModulatedBlock> modulated;
  private final FrozenLinear unmet; // one that lacks what no adapter starts at; null for none

  /**
   * A block with parameters of its own ({@link TokenModulation}).
   *
   * @param number from 0
   * @param module what its parameters' names begin with
   * @param width D of its tokens
   * @param pairs r, the tokens that it merges
   */
  private record ModulatedBlock(int number, String module, int width, int pairs) {}

  /**
   * Selects the adapted ones of a model's linear layers.
   *
   * @throws IllegalArgumentException if a target or an override matches nothing, or the method does
   *     not fit a layer, for example because of the rank, or token merging counts other blocks
   */
  public AdaptedModules(List<FrozenLinear> model, AdapterConfig config) {
    this.config = config;
    List<String> names = model.stream().map(FrozenLinear::name).toList();
    List<String> selected = new TargetModules(config.targets()).select(names);
    this.linears = model.stream().filter(l -> selected.contains(l.name())).toList();
    this.method = AdapterMethods.named(config.method()).over(config, linears);
    for (AdapterConfig.Override override : config.overrides()) {
      if (selected.stream().noneMatch(override::matches)) {
        throw new IllegalArgumentException(
            "override '" + override.modules() + "' matches no adapted layer of " + selected);
      }
    }
    this.modulated = modulated(model, config.tokenMerging());
    this.unmet =
        model.stream()
            .filter(l -> l.remainder() != null)
            .filter(l -> !linears.contains(l) || !l.remainder().init().equals(config.init()))
            .findFirst()
            .orElse(null);
    factors();
  }

  private static List<ModulatedBlock> modulated(List<FrozenLinear> model, TokenMerging merging) {
    List<ModulatedBlock> blocks = new ArrayList<>();
    if (merging != null) {
      Map<String, Integer> widths = BlockNames.widths(model);
      merging.requireBlocks(widths.size());
      int number = 0;
      for (Map.Entry<String, Integer> block : widths.entrySet()) {
        int pairs = merging.modulation() ? merging.counts().get(number) : 0;
        if (pairs > 0) {
          String module = block.getKey() + ".token_modulation";
          blocks.add(new ModulatedBlock(number, module, block.getValue(), pairs));
        }
        number++;
      }
    }
    return blocks;
  }

  /** The layers as training keeps them: {@link #collapsed}, else as they are. */
  public static AdaptedModules trained(List<FrozenLinear> model, AdapterConfig config) {
    AdaptedModules all = new AdaptedModules(model, config);
    return all.collapsed().orElse(all);
  }

  private AdaptedModules(AdaptedModules other, AdapterMethod method) {
    this.config = other.config;
    this.method = method;
    this.linears = other.linears;
    this.modulated = other.modulated;
    this.unmet = other.unmet;
  }

  /**
   * The same layers with each group of equal factors once: what training keeps of them. {@link
   * ParameterLayout#expand} and {@link ParameterLayout#collapse} of its layout lead from its
   * vectors to these ones' and back.
   *
   * @return empty if no factors are bound to stay equal
   */
  public Optional<AdaptedModules> collapsed() {
    return method.collapsed(config).map(once -> new AdaptedModules(this, once));
  }

  /** How they are adapted. */
  public AdapterConfig config() {
    return config;
  }

  /** The adapted layers, in the model's order. */
  public List<FrozenLinear> linears() {
    return linears;
  }

  /** The layout of the factors alone: the beginning of every task's vector. */
  public ParameterLayout layout() {
    return factors().build();
  }

  /**
   * The layout of factors and a classification head.
   *
   * @param classes number of classes; 0 for no head
   * @param features d, the embedding's width
   */
  public ParameterLayout layout(int classes, int features) {
    return layout().withHead(classes, features);
  }

  private ParameterLayout.Builder factors() {
    ParameterLayout.Builder layout = new ParameterLayout.Builder();
    for (FrozenLinear linear : linears) {
      method.parameters(config, linear, layout);
    }
    for (ModulatedBlock block : modulated) {
      layout
          .add(block.module + "/W_r", Kind.OTHER, block.pairs, 1)
          .add(block.module + "/W_D", Kind.OTHER, 1, block.width)
          .add(block.module + "/gain", Kind.OTHER, block.width, 1)
          .add(block.module + "/shift", Kind.OTHER, block.width, 1);
    }
    return layout;
  }

  /**
   * The parameters' starting values in the order of {@link #layout()}, the same for all tasks.
   *
   * @throws IllegalArgumentException if a layer's weight lacks a part and the adapters do not start
   *     at it, or they start at one that no layer lacks
   */
  public float[] initial(long seed) {
    requireMet();
    ParameterLayout layout = layout();
    Matrix vector = Matrix.zeros(linears.get(0).weight().type(), layout.length(), 1);
    for (FrozenLinear linear : linears) {
      String name = linear.name();
      method.initialize(
          config,
          linear,
          Seeds.mix(seed, Seeds.of(name)),
          new ModuleParameters(name, layout, vector));
    }
    for (ModulatedBlock block : modulated) {
      TokenModulation.Parameters start = parameters(block, layout, vector);
      RandomValues.kaiming(start.wr(), block.pairs, Seeds.mix(seed, Seeds.of(block.module)));
      start.gain().set(ones(block.width));
    }
    return vector.toArray();
  }

  private void requireMet() {
    if (unmet != null) {
      throw new IllegalArgumentException(
          String.format(
              "the model was quantised with start %s of rank %d: the weight of %s lacks a part that"
                  + " adapters start at. Set adapter.init: %s, rank: %2$d and targets that include"
                  + " this layer, got init %s and targets %s; or quantise the model without --start",
              unmet.remainder().init(),
              unmet.remainder().rank(),
              unmet.name(),
              unmet.remainder().init(),
              config.init(),
              config.targets()));
    }
  }

  /**
   * Adapters that compute with windows of flat vectors.
   *
   * @param theta parameters [P × 1], beginning as {@link #layout()}
   * @param gradient receives dθ [P × 1]
   * @param initial what they started from, laid out as {@link #layout()}
   */
  public Adapters bind(Matrix theta, Matrix gradient, float[] initial) {
    ParameterLayout layout = layout();
    Matrix start = Matrix.of(theta.type(), initial.length, 1, initial);
    Map<String, Adapter> byModule = new LinkedHashMap<>();
    for (FrozenLinear linear : linears) {
      String name = linear.name();
      byModule.put(
          name,
          method.bind(
              config,
              linear,
              new ModuleParameters(name, layout, theta),
              new ModuleParameters(name, layout, gradient),
              new ModuleParameters(name, layout, start)));
    }
    Map<Integer, TokenModulation> modulations = new LinkedHashMap<>();
    for (ModulatedBlock block : modulated) {
      modulations.put(
          block.number,
          new TokenModulation(
              parameters(block, layout, theta), parameters(block, layout, gradient)));
    }
    return new Adapters(byModule, modulations);
  }

  private static TokenModulation.Parameters parameters(
      ModulatedBlock block, ParameterLayout layout, Matrix vector) {
    ModuleParameters own = new ModuleParameters(block.module, layout, vector);
    return new TokenModulation.Parameters(
        own.get("W_r"), own.get("W_D"), own.get("gain"), own.get("shift"));
  }

  private static float[] ones(int count) {
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    return ones;
  }
}
