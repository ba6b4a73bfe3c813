package io.github.cola4j.adapter;

import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.init.AdapterInitializer;
import io.github.cola4j.adapter.init.Initializers;
import io.github.cola4j.adapter.pairing.PairingStrategy;
import io.github.cola4j.adapter.pairing.Pairings;
import io.github.cola4j.nn.FrozenLinear;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Seeds;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The linear layers of one model that a configuration adapts: derives where their factors lie in a
 * task's flat vector, what they start from, and binds adapters to such a vector. Immutable.
 */
public final class AdaptedModules {
  /** Name of the head's weight [classes × d] in a layout. */
  public static final String HEAD_WEIGHT = "head.weight";

  /** Name of the head's bias [classes × 1] in a layout. */
  public static final String HEAD_BIAS = "head.bias";

  private final AdapterConfig config;
  private final PairingStrategy pairing;
  private final List<FrozenLinear> linears;

  /**
   * Selects the adapted ones of a model's linear layers.
   *
   * @throws IllegalArgumentException if a target or an override matches nothing, or a rank is above
   *     min(in, out) of its layer
   */
  public AdaptedModules(List<FrozenLinear> model, AdapterConfig config) {
    this.config = config;
    this.pairing = Pairings.named(config.pairing());
    List<String> names = model.stream().map(FrozenLinear::name).toList();
    List<String> selected = new TargetModules(config.targets()).select(names);
    this.linears = model.stream().filter(l -> selected.contains(l.name())).toList();
    for (AdapterConfig.Override override : config.overrides()) {
      if (selected.stream().noneMatch(override::matches)) {
        throw new IllegalArgumentException(
            "override '" + override.modules() + "' matches no adapted layer of " + selected);
      }
    }
    for (FrozenLinear linear : linears) {
      int rank = config.rankOf(linear.name());
      int needed = Initializers.named(config.init()).rankNeeded(config.a(), rank);
      int limit = Math.min(linear.in(), linear.out());
      if (needed > limit) {
        throw new IllegalArgumentException(
            "rank "
                + rank
                + (needed > rank
                    ? " times a = " + config.a() + " (init " + config.init() + ")"
                    : "")
                + " is above min(in, out) = "
                + limit
                + " of "
                + linear.name()
                + "; take a smaller rank or an override for this module");
      }
    }
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
    if (classes == 0) {
      return layout();
    }
    return factors()
        .add(HEAD_WEIGHT, Kind.HEAD, classes, features)
        .add(HEAD_BIAS, Kind.HEAD, classes, 1)
        .build();
  }

  private ParameterLayout.Builder factors() {
    ParameterLayout.Builder layout = new ParameterLayout.Builder();
    for (FrozenLinear linear : linears) {
      int rank = config.rankOf(linear.name());
      layout.add(nameA(linear), Kind.A, linear.in(), config.a() * rank);
      layout.add(nameB(linear), Kind.B, linear.out(), config.b() * rank);
    }
    return layout;
  }

  private static String nameA(FrozenLinear linear) {
    return linear.name() + "/A";
  }

  private static String nameB(FrozenLinear linear) {
    return linear.name() + "/B";
  }

  /** The factors' starting values in the order of {@link #layout()}, the same for all tasks. */
  public float[] initial(long seed) {
    ParameterLayout layout = layout();
    float[] vector = new float[layout.length()];
    AdapterInitializer initializer = Initializers.named(config.init());
    for (FrozenLinear linear : linears) {
      String name = linear.name();
      ParameterLayout.Entry entryA = layout.entry(nameA(linear));
      ParameterLayout.Entry entryB = layout.entry(nameB(linear));
      Matrix a = Matrix.zeros(linear.weight().type(), entryA.rows(), entryA.columns());
      Matrix b = Matrix.zeros(linear.weight().type(), entryB.rows(), entryB.columns());
      initializer.initialize(
          new AdapterInitializer.Module(
              name,
              linear.weight(),
              pairing,
              config.a(),
              config.b(),
              config.rankOf(name),
              config.scalingOf(name),
              Seeds.mix(seed, Seeds.of(name))),
          a,
          b);
      System.arraycopy(a.toArray(), 0, vector, entryA.offset(), entryA.length());
      System.arraycopy(b.toArray(), 0, vector, entryB.offset(), entryB.length());
    }
    return vector;
  }

  /**
   * Adapters that compute with windows of flat vectors.
   *
   * @param theta parameters [P × 1], beginning as {@link #layout()}
   * @param gradient receives dθ [P × 1]
   * @param initial what the factors started from, laid out as {@link #layout()}
   */
  public Adapters bind(Matrix theta, Matrix gradient, float[] initial) {
    ParameterLayout layout = layout();
    Matrix start = Matrix.of(theta.type(), initial.length, 1, initial);
    Map<String, Adapter> byModule = new LinkedHashMap<>();
    for (FrozenLinear linear : linears) {
      ParameterLayout.Entry a = layout.entry(nameA(linear));
      ParameterLayout.Entry b = layout.entry(nameB(linear));
      String name = linear.name();
      byModule.put(
          name,
          new ColaAdapter(
              new ColaAdapter.Form(
                  pairing,
                  config.a(),
                  config.b(),
                  config.rankOf(name),
                  config.scalingOf(name),
                  config.dropout()),
              a.of(theta),
              b.of(theta),
              a.of(gradient),
              b.of(gradient),
              a.of(start),
              b.of(start)));
    }
    return new Adapters(byModule);
  }
}
