package io.github.cola4j.dl4j;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.nn.kernels.nd4j.Nd4jStorage;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.deeplearning4j.exception.DL4JInvalidInputException;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The layer of a {@link ColaDenseLayer}. It gives the memory of Deeplearning4j's arrays to {@link
 * FrozenLinear} and {@link Adapter}, whose columns are the arrays' rows: forward and backward are
 * theirs, and explicit. What it computes with outlives an iteration and belongs to no workspace.
 */
final class ColaDense extends BaseLayer<ColaDenseLayer> {
  private static final long serialVersionUID = 1;

  private transient FrozenLinear linear;
  private transient AdaptedModules modules;
  private transient Pass pass;
  private transient Adapter adapter;
  private transient float[] initial; // what the adapter takes for A⁰ and B⁰
  private transient Forward kept;
  private transient double penalty; // of the last forward
  private transient Draw draw; // null: from the network's seed and the iteration

  /**
   * What a training forward draws from.
   *
   * @param pairing of the step, the same in all its parts
   * @param masks of dropout, of the part
   */
  private record Draw(long pairing, long masks) {}

  /**
   * What a training forward leaves for the backward.
   *
   * @param x [in × T]
   * @param preOutput the argument of the activation [out × T]
   */
  private record Forward(Matrix x, Matrix preOutput, Adapter.Saved saved) {}

  ColaDense(NeuralNetConfiguration conf, DataType type) {
    super(conf, type);
  }

  @Override
  public void setParamsViewArray(INDArray parameters) {
    super.setParamsViewArray(parameters);
    ColaDenseLayer config = layerConf();
    linear =
        new FrozenLinear(
            name(),
            parameters(ColaDenseParameters.W, out(), in()),
            config.isHasBias() ? parameters(ColaDenseParameters.BIAS, out(), 1) : null);
    modules = new AdaptedModules(List.of(linear), config.getAdapter());
    drop();
  }

  /** Flat parameters lie in memory as {@link #params} gives them, whatever their order. */
  @Override
  public void setParams(INDArray parameters) {
    if (parameters.length() != paramsFlattened.length()) {
      throw new IllegalArgumentException(
          layerId()
              + ": expected "
              + paramsFlattened.length()
              + " parameters, got "
              + parameters.length());
    }
    paramsFlattened.assign(parameters.reshape(paramsFlattened.shape()));
  }

  @Override
  public void setBackpropGradientsViewArray(INDArray gradients) {
    super.setBackpropGradientsViewArray(gradients);
    gradients.assign(0); // frozen parameters keep this gradient
    drop();
  }

  /** Takes over the weights of a dense layer; the factors start from them. */
  void startFrom(INDArray w, INDArray b) {
    getParam(ColaDenseParameters.W).assign(w);
    if (hasBias()) {
      getParam(ColaDenseParameters.BIAS).assign(b.reshape(out()));
    }
    startFactors();
  }

  /** Lets the factors start from W, as the adapter's initialiser says. */
  void startFactors() {
    startFactors(modules.initial(conf.getSeed()));
  }

  /** Lets the factors start from given values, in the order of the adapter's layout. */
  void startFactors(float[] start) {
    factors(paramsFlattened, ColaDenseParameters.Role.ADAPTER).set(start);
    factors(paramsFlattened, ColaDenseParameters.Role.INITIAL).set(start);
  }

  /** The adapter's parameters [P × 1], in the order of its layout. */
  Matrix factors() {
    return factors(paramsFlattened, ColaDenseParameters.Role.ADAPTER);
  }

  /** Their gradients [P × 1], as the last backward left them. */
  Matrix factorGradients() {
    return factors(gradientsFlattened, ColaDenseParameters.Role.ADAPTER);
  }

  /** Lets coming training forwards draw from seeds of a step and of a part of it. */
  void draw(long step, long part) {
    draw = new Draw(Seeds.mix(step, Seeds.of(name())), part);
  }

  @Override
  public boolean hasBias() {
    return layerConf().isHasBias();
  }

  @Override
  public boolean isPretrainLayer() {
    return false;
  }

  @Override
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
    assertInputSet(false);
    applyDropOutIfNecessary(training, workspaces);
    requireInput();
    int batch = Math.toIntExact(input.size(0));
    INDArray y =
        workspaces.createUninitialized(
            ArrayType.ACTIVATIONS, dataType, new long[] {batch, out()}, 'c');
    try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      if (training) {
        y.assign(rows(train().preOutput()));
      } else {
        kept = null;
        pass().startEvaluation();
        bind();
        adapter.refresh(pass(), 0, false);
        penalty =
            adapter
                .forward(pass(), columns(input, in()), Nd4jStorage.matrix(y, out(), batch))
                .penalty();
      }
    }
    INDArray activated = layerConf().getActivationFn().getActivation(y, training);
    if (maskArray != null) {
      applyMask(activated);
    }
    return activated;
  }

  /** The training forward up to the activation; the pairing is that of the iteration. */
  private Forward train() {
    long seed = Seeds.mix(conf.getSeed(), Seeds.of(name()), getIterationCount());
    Draw seeds = draw == null ? new Draw(seed, seed) : draw;
    // gradients are sums over the batch until the updater
    pass().startTraining(seeds.masks(), input.size(0));
    bind();
    adapter.refresh(pass(), seeds.pairing(), true);
    Matrix x = columns(input, in());
    Matrix preOutput = pass().matrix(out(), x.columns());
    kept = new Forward(x, preOutput, adapter.forward(pass(), x, preOutput));
    penalty = kept.saved().penalty();
    return kept;
  }

  /** The regularisation's loss and the adapter's own, such as the balance of experts. */
  @Override
  public double calcRegularizationScore(boolean backpropParamsOnly) {
    return super.calcRegularizationScore(backpropParamsOnly) + penalty;
  }

  /** The adapter's gradients, and dX [T × in]. Frozen parameters have the gradient zero. */
  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    applyDropOutIfNecessary(true, workspaces);
    Forward forward = kept == null ? outsideOfWorkspaces(this::train) : kept;
    kept = null; // the activation's backprop overwrites the pre-output
    INDArray delta =
        layerConf().getActivationFn().backprop(rows(forward.preOutput()), epsilon).getFirst();
    if (maskArray != null) {
      applyMask(delta);
    }
    long batch = input.size(0);
    INDArray dX =
        workspaces.createUninitialized(
            ArrayType.ACTIVATION_GRAD, dataType, new long[] {batch, in()}, 'c');
    try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      factors(gradientsFlattened, ColaDenseParameters.Role.ADAPTER).array().assign(0);
      Matrix dY = columns(delta, out());
      Matrix target = Nd4jStorage.matrix(dX, in(), dY.columns());
      adapter.backward(pass(), forward.saved(), dY, 0, target);
    }
    Gradient gradient = new DefaultGradient();
    for (ColaDenseParameters.Slice slice : layerConf().slices()) {
      gradient.setGradientFor(slice.key(), gradientViews.get(slice.key()), slice.order());
    }
    return new Pair<>(gradient, backpropDropOutIfPresent(dX));
  }

  @Override
  public void clear() {
    super.clear();
    kept = null;
  }

  private static <T> T outsideOfWorkspaces(Supplier<T> use) {
    try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      return use.get();
    }
  }

  /** Binds an adapter to A and B, once and where someone changed A⁰ or B⁰. */
  private void bind() {
    float[] start = factors(paramsFlattened, ColaDenseParameters.Role.INITIAL).toArray();
    if (adapter == null || !Arrays.equals(start, initial)) {
      Matrix theta = factors(paramsFlattened, ColaDenseParameters.Role.ADAPTER);
      Matrix gradient =
          gradientsFlattened == null
              ? Matrix.zeros(dataType, theta.rows(), 1)
              : factors(gradientsFlattened, ColaDenseParameters.Role.ADAPTER);
      adapter = modules.bind(theta, gradient, start).get(linear);
      initial = start;
    }
  }

  /** Forgets what was bound to other memory. */
  private void drop() {
    adapter = null;
    kept = null;
  }

  /** The window [P × 1] of a flat array that has the adapter's parameters, or the initial ones. */
  private Matrix factors(INDArray flat, ColaDenseParameters.Role role) {
    int from =
        layerConf().slices().stream()
            .filter(slice -> slice.role() == role)
            .mapToInt(ColaDenseParameters.Slice::offset)
            .findFirst()
            .orElseThrow();
    int length = modules.layout().length();
    return Nd4jStorage.matrix(flat, Math.toIntExact(flat.length()), 1).rows(from, from + length);
  }

  private Matrix parameters(String key, int rows, int columns) {
    int from =
        layerConf().slices().stream()
            .filter(slice -> slice.key().equals(key))
            .mapToInt(ColaDenseParameters.Slice::offset)
            .findFirst()
            .orElseThrow();
    return Nd4jStorage.matrix(paramsFlattened, Math.toIntExact(paramsFlattened.length()), 1)
        .rows(from, from + Math.multiplyExact(rows, columns))
        .reshape(rows, columns);
  }

  /** The layer's name in messages and seeds. */
  String name() {
    return layerConf().module();
  }

  private int in() {
    return Math.toIntExact(layerConf().getNIn());
  }

  private int out() {
    return Math.toIntExact(layerConf().getNOut());
  }

  private Pass pass() {
    if (pass == null) {
      pass = new Pass(dataType);
    }
    return pass;
  }

  /** An array's rows as columns: its own memory, or a copy if that has another order. */
  private Matrix columns(INDArray rows, int features) {
    int batch = Math.toIntExact(rows.size(0));
    INDArray typed = rows.castTo(dataType);
    if (typed.ordering() == 'c' && Shape.hasDefaultStridesForShape(typed)) {
      return Nd4jStorage.matrix(typed, features, batch);
    }
    Matrix copy = pass().matrix(features, batch);
    rows(copy).assign(typed);
    return copy;
  }

  /** A matrix's columns as rows, the same memory. */
  private static INDArray rows(Matrix columns) {
    return columns.array().transpose();
  }

  private void requireInput() {
    if (input.rank() != 2 || input.size(1) != in()) {
      throw new DL4JInvalidInputException(
          layerId()
              + ": expected input [examples × "
              + in()
              + "], got "
              + Arrays.toString(input.shape())
              + "; check the network's input type and preprocessors");
    }
  }
}
