package io.github.cola4j.adapter;

import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.List;
import java.util.Optional;

/**
 * A way to adapt linear layers: which parameters one has, what they start from, how they compute. A
 * pure value; {@link AdapterMethods} lists all of them.
 */
public interface AdapterMethod extends MethodProvider {

  /** The name a job file uses. */
  String name();

  /**
   * What a configuration of this method is without being told; null if there are no A and B, and so
   * nothing to count, to pair or to start by an initialiser.
   */
  default Preset preset() {
    return null;
  }

  /**
   * The options that this method alone has: a record that Jackson reads from {@code
   * adapter.options}, fills in what is null and checks the rest. {@link
   * AdapterConfig#options(Class)} gives it.
   */
  default Class<? extends Record> options() {
    return NoOptions.class;
  }

  /**
   * Whether the change is s Σ P_ij B_j A_i and nothing else: so that rules which average products
   * are for it, and a layer can have the residual pair of {@link AdapterConfig#residual}.
   */
  default boolean hasResidualPair() {
    return false;
  }

  /**
   * The same method with each group of factors once that start equal, get equal gradients and so
   * stay equal. Its parameters' names, order and gradients are those of this method, their {@link
   * ParameterLayout.Entry#copies} lie side by side there.
   *
   * @return empty if no factors of a configuration are bound to stay equal
   */
  default Optional<AdapterMethod> collapsed(AdapterConfig config) {
    return Optional.empty();
  }

  /**
   * The method for all adapted layers of a model, where some of them share parameters: those lie
   * with one of these layers, under its name, and the layers' gradients add up there.
   *
   * @param linears the adapted layers in the model's order
   */
  default AdapterMethod over(AdapterConfig config, List<FrozenLinear> linears) {
    return this;
  }

  /** This method alone. */
  @Override
  default List<AdapterMethod> methods() {
    return List.of(this);
  }

  /**
   * Appends a layer's parameters to a layout, named {@code module/…}.
   *
   * @throws IllegalArgumentException if the configuration does not fit the layer or the method
   */
  void parameters(AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout);

  /**
   * Sets a layer's starting values; they are zero before.
   *
   * @param seed of random values, the layer's own
   */
  void initialize(AdapterConfig config, FrozenLinear linear, long seed, ModuleParameters start);

  /**
   * The adapter of a layer.
   *
   * @param theta its parameters
   * @param gradient receives their gradient
   * @param initial what they started from
   */
  Adapter bind(
      AdapterConfig config,
      FrozenLinear linear,
      ModuleParameters theta,
      ModuleParameters gradient,
      ModuleParameters initial);

  /** The options of a method that has none. */
  record NoOptions() {}

  /** How many A and B matrices a method allows. */
  enum Counts {
    /** Any. */
    FREE,
    /** Those of the preset alone. */
    FIXED,
    /** One A, any number of B. */
    ONE_A,
    /** As many A as B: one of each an expert. */
    EXPERTS
  }

  /**
   * Defaults of a method that is made of A and B.
   *
   * @param a M
   * @param b N
   * @param counts which others are allowed
   * @param init name of an initialiser
   * @param rootScaling whether the scaling is alpha/√r (rsLoRA, arXiv 2312.03732) and not alpha/r
   */
  record Preset(int a, int b, Counts counts, String init, boolean rootScaling) {
    /** One A and one B. */
    public static Preset one(String init) {
      return new Preset(1, 1, Counts.FIXED, init, false);
    }
  }
}
