package io.github.cola4j.dl4j;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.nn.Arena;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.LayerValidation;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * Configuration of a dense layer with frozen weights and an adapter, CoLA by default (arXiv
 * 2505.15471, equation 6). With a row an example, x [T × in] and y [T × out]:
 *
 * <pre>y = act(x W + b + s x (Σ_ij P_ij A_i B_j − Σ_ij P_ij A_i⁰ B_j⁰))</pre>
 *
 * <p>Parameters, all of them stored with the network: {@code W} [in × out] and {@code b} [out],
 * frozen; {@code A} [in × M·r], the A_i side by side, and {@code B} [N·r × out], the B_j one below
 * the other, trained; {@code A0} and {@code B0}, what these started from, frozen. Another method of
 * {@link AdapterConfig} has its own in their place. Frozen parameters have no gradient, no updater
 * state and no regularisation.
 *
 * <p>A random pairing is drawn once an iteration, from the network's seed; inference takes its
 * expectation. Weight noise is refused.
 */
public final class ColaDenseLayer extends FeedForwardLayer {
  private static final long serialVersionUID = 1;

  private boolean hasBias = true;
  private AdapterConfig adapter = AdapterConfig.defaults();
  private IUpdater updaterB;
  private transient List<ColaDenseParameters.Slice> slices;
  private transient Form sliced;

  /** For Jackson. */
  public ColaDenseLayer() {}

  private ColaDenseLayer(Builder builder) {
    super(builder);
    this.hasBias = builder.hasBias;
    this.adapter = builder.adapter;
    this.updaterB = builder.updaterB;
  }

  /** Whether there is a bias b. */
  public boolean isHasBias() {
    return hasBias;
  }

  /** For Jackson. */
  public void setHasBias(boolean hasBias) {
    this.hasBias = hasBias;
  }

  /** How the layer is adapted; {@code targets} and {@code overrides} mean nothing here. */
  public AdapterConfig getAdapter() {
    return adapter;
  }

  /** For Jackson. */
  public void setAdapter(AdapterConfig adapter) {
    this.adapter = adapter;
  }

  /** The updater of B; null for the layer's updater. */
  public IUpdater getUpdaterB() {
    return updaterB;
  }

  /** For Jackson. */
  public void setUpdaterB(IUpdater updaterB) {
    this.updaterB = updaterB;
  }

  /**
   * A layer of this configuration.
   *
   * @throws IllegalArgumentException if nIn or nOut is missing, the adapter does not fit them, the
   *     type is neither FLOAT nor DOUBLE, or weight noise is configured
   */
  @Override
  public Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int index,
      INDArray parameters,
      boolean initialize,
      DataType type) {
    LayerValidation.assertNInNOutSet(
        getClass().getSimpleName(), getLayerName(), index, getNIn(), getNOut());
    if (getWeightNoise() != null) {
      throw new IllegalArgumentException(
          "layer '"
              + getLayerName()
              + "': expected no weight noise, since the weights are frozen, got "
              + getWeightNoise()
              + "; remove weightNoise, or use the adapter's dropout");
    }
    ColaDense layer = new ColaDense(conf, type);
    layer.setListeners(listeners);
    layer.setIndex(index);
    layer.setParamsViewArray(parameters);
    layer.setParamTable(initializer().init(conf, parameters, initialize));
    if (initialize) {
      layer.startFactors();
    }
    return layer;
  }

  @Override
  public ParamInitializer initializer() {
    return ColaDenseParameters.INSTANCE;
  }

  /** The parameters in their order. */
  List<ColaDenseParameters.Slice> slices() {
    Form form = new Form(Math.toIntExact(getNIn()), Math.toIntExact(getNOut()), hasBias, adapter);
    if (!form.equals(sliced)) {
      slices = form.slices(module());
      sliced = form;
    }
    return slices;
  }

  /** The layer's name in messages and seeds. */
  String module() {
    return getLayerName() == null ? "dense" : getLayerName();
  }

  /** What decides which parameters there are. */
  private record Form(int in, int out, boolean bias, AdapterConfig adapter) {
    List<ColaDenseParameters.Slice> slices(String module) {
      if (adapter.residual() > 0) {
        throw new IllegalArgumentException(
            "Deeplearning4j trains all of an adapted layer's parameters: expected adapter.residual"
                + " 0 for layer '"
                + module
                + "', got "
                + adapter.residual()
                + "; leave it out");
      }
      try (Arena arena = new Arena(DataType.FLOAT)) { // a layout follows from shapes alone
        FrozenLinear shape = new FrozenLinear(module, arena.matrix(out, in), null);
        ParameterLayout layout = new AdaptedModules(List.of(shape), adapter).layout();
        return ColaDenseParameters.slices(in, out, bias, layout, module);
      }
    }
  }

  /**
   * The layer's updater, or {@code updaterB}, for adapters, and none for frozen parameters. A
   * method such as LoRA+ takes a multiple of the learning rate for some.
   */
  @Override
  public IUpdater getUpdaterByParam(String parameter) {
    ColaDenseParameters.Slice slice =
        slices().stream().filter(s -> s.key().equals(parameter)).findFirst().orElseThrow();
    if (slice.role() != ColaDenseParameters.Role.ADAPTER) {
      return new NoOp();
    }
    if (slice.kind() == ParameterLayout.Kind.B && updaterB != null) {
      return updaterB;
    }
    return RelativeLearningRate.of(slice.learningRateRatio(), getIUpdater());
  }

  @Override
  public List<Regularization> getRegularizationByParam(String parameter) {
    return initializer().isWeightParam(this, parameter) ? getRegularization() : null;
  }

  @Override
  public LayerMemoryReport getMemoryReport(InputType input) {
    long parameters = initializer().numParams(this);
    long state = 0;
    for (ColaDenseParameters.Slice slice : slices()) {
      state += getUpdaterByParam(slice.key()).stateSize(slice.length());
    }
    InputType output = getOutputType(-1, input);
    return new LayerMemoryReport.Builder(getLayerName(), ColaDenseLayer.class, input, output)
        .standardMemory(parameters, state)
        .workingMemory(0, 0, 0, output.arrayElementsPerExample())
        .cacheMemory(0, 0)
        .build();
  }

  @Override
  public ColaDenseLayer clone() {
    ColaDenseLayer clone = (ColaDenseLayer) super.clone();
    clone.updaterB = updaterB == null ? null : updaterB.clone();
    return clone;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ColaDenseLayer that
        && super.equals(other)
        && hasBias == that.hasBias
        && adapter.equals(that.adapter)
        && Objects.equals(updaterB, that.updaterB);
  }

  @Override
  protected boolean canEqual(Object other) {
    return other instanceof ColaDenseLayer;
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), hasBias, adapter, updaterB);
  }

  /** Builds a configuration as Deeplearning4j's own layers do. */
  public static final class Builder extends FeedForwardLayer.Builder<Builder> {
    private boolean hasBias = true;
    private AdapterConfig adapter = AdapterConfig.defaults();
    private IUpdater updaterB;

    /** Whether there is a bias; there is one by default. */
    public Builder hasBias(boolean bias) {
      this.hasBias = bias;
      return this;
    }

    /** How the layer is adapted; by default the paper's recipe, {@link AdapterConfig#defaults}. */
    public Builder adapter(AdapterConfig config) {
      this.adapter = config;
      return this;
    }

    /** An updater for B, for example with a higher learning rate; by default the layer's. */
    public Builder updaterB(IUpdater updater) {
      this.updaterB = updater;
      return this;
    }

    @Override
    @SuppressWarnings("unchecked")
    public ColaDenseLayer build() {
      return new ColaDenseLayer(this);
    }
  }
}
