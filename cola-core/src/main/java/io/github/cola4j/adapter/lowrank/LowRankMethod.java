package io.github.cola4j.adapter.lowrank;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.AdditiveAdapter;
import io.github.cola4j.adapter.ModuleParameters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.init.AdapterInitializer;
import io.github.cola4j.adapter.init.Initializers;
import io.github.cola4j.adapter.pairing.Pairings;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.Optional;

/**
 * CoLA and what are its cases of one A and one B: LoRA (arXiv 2106.09685), rsLoRA (2312.03732),
 * LoRA+ (2402.12354), PiSSA (2404.02948). They differ in their presets alone.
 *
 * @param plus whether B's learning rate is that of LoRA+
 */
public record LowRankMethod(String name, Preset preset, boolean plus) implements AdapterMethod {
  public static final String A = "A";
  public static final String B = "B";

  /** R_Aᵀ [in × q] of the residual pair. */
  static final String RESIDUAL_A = "RA";

  /** R_B [out × q] of the residual pair. */
  static final String RESIDUAL_B = "RB";

  @Override
  public Class<? extends Record> options() {
    return plus ? LoraPlusOptions.class : NoOptions.class;
  }

  @Override
  public boolean hasResidualPair() {
    return true;
  }

  @Override
  public Optional<AdapterMethod> collapsed(AdapterConfig config) {
    return CollapsedMethod.fits(config) ? Optional.of(new CollapsedMethod(this)) : Optional.empty();
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    parameters(config, linear, layout, 1, 1);
  }

  /**
   * Appends a layer's parameters.
   *
   * @param copiesOfA how many equal A_i lie there as one
   * @param copiesOfB how many equal B_j lie there as one
   */
  void parameters(
      AdapterConfig config,
      FrozenLinear linear,
      ParameterLayout.Builder layout,
      int copiesOfA,
      int copiesOfB) {
    checkRank(config, linear);
    int rank = config.rankOf(linear.name());
    layout.add(
        linear.name() + "/" + A, Kind.A, linear.in(), config.a() / copiesOfA * rank, 1, copiesOfA);
    layout.add(
        linear.name() + "/" + B,
        Kind.B,
        linear.out(),
        config.b() / copiesOfB * rank,
        plus ? config.options(LoraPlusOptions.class).rateB() : 1,
        copiesOfB);
    int residual = Math.min(config.residual(), Math.min(linear.in(), linear.out()));
    if (residual > 0) {
      layout.add(linear.name() + "/" + RESIDUAL_A, Kind.FIXED, linear.in(), residual);
      layout.add(linear.name() + "/" + RESIDUAL_B, Kind.FIXED, linear.out(), residual);
    }
  }

  /** Refuses a rank that the layer cannot have. */
  public static void checkRank(AdapterConfig config, FrozenLinear linear) {
    int rank = config.rankOf(linear.name());
    int needed = Initializers.named(config.init()).rankNeeded(config.a(), rank);
    int limit = Math.min(linear.in(), linear.out());
    if (needed > limit) {
      throw new IllegalArgumentException(
          "rank "
              + rank
              + (needed > rank ? " times a = " + config.a() + " (init " + config.init() + ")" : "")
              + " is above min(in, out) = "
              + limit
              + " of "
              + linear.name()
              + "; take a smaller rank or an override for this module");
    }
  }

  @Override
  public void initialize(
      AdapterConfig config, FrozenLinear linear, long seed, ModuleParameters start) {
    Initializers.named(config.init())
        .initialize(
            new AdapterInitializer.Module(
                linear,
                Pairings.named(config.pairing()),
                config.a(),
                config.b(),
                config.rankOf(linear.name()),
                config.scalingOf(linear.name()),
                seed),
            start.get(A),
            start.get(B));
  }

  @Override
  public Adapter bind(
      AdapterConfig config,
      FrozenLinear linear,
      ModuleParameters theta,
      ModuleParameters gradient,
      ModuleParameters initial) {
    return new AdditiveAdapter(linear, delta(config, linear, theta, gradient, initial));
  }

  /** s Σ P_ij B_j A_i less what it started from, and the residual pair if there is one. */
  static ColaDelta delta(
      AdapterConfig config,
      FrozenLinear linear,
      ModuleParameters theta,
      ModuleParameters gradient,
      ModuleParameters initial) {
    return new ColaDelta(
        new ColaDelta.Form(
            Pairings.named(config.pairing()),
            config.a(),
            config.b(),
            config.rankOf(linear.name()),
            config.scalingOf(linear.name()),
            config.dropout()),
        theta.get(A),
        theta.get(B),
        gradient.get(A),
        gradient.get(B),
        subtracted(config, initial.get(A)),
        subtracted(config, initial.get(B)),
        config.residual() > 0 ? theta.get(RESIDUAL_A) : null,
        config.residual() > 0 ? theta.get(RESIDUAL_B) : null);
  }

  /** What the factors started from where their product is subtracted, else zero. */
  private static Matrix subtracted(AdapterConfig config, Matrix start) {
    return Initializers.named(config.init()).subtracts()
        ? start
        : Matrix.zeros(start.type(), start.rows(), start.columns());
  }
}
