package io.github.cola4j.dl4j;

import io.github.cola4j.adapter.AdapterConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.weights.IWeightInit;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Where the parameters of a {@link ColaDenseLayer} lie in the network's flat vector: W, b, A, B,
 * A⁰, B⁰. As column-major memory these are W [out × in], A_iᵀ side by side [in × M·r] and B_j side
 * by side [out × N·r], which is what {@link io.github.cola4j.adapter.AdaptedModules} works on.
 */
final class ColaDenseParameters implements ParamInitializer {
  static final String W = "W";
  static final String BIAS = "b";
  static final String A = "A";
  static final String B = "B";
  static final String INITIAL_A = "A0";
  static final String INITIAL_B = "B0";

  static final ColaDenseParameters INSTANCE = new ColaDenseParameters();

  private ColaDenseParameters() {}

  /**
   * One parameter.
   *
   * @param offset of its first element
   * @param order of its elements, 'c' row by row or 'f' column by column
   * @param shape as Deeplearning4j sees it
   */
  record Slice(String key, long offset, char order, long... shape) {
    long length() {
      long length = 1;
      for (long size : shape) {
        length *= size;
      }
      return length;
    }

    /** This parameter's view of a flat array. */
    INDArray of(INDArray flat) {
      return flat.reshape(flat.length())
          .get(NDArrayIndex.interval(offset, offset + length()))
          .reshape(order, shape);
    }
  }

  /** All parameters in their order. */
  static List<Slice> slices(ColaDenseLayer layer) {
    AdapterConfig adapter = layer.getAdapter();
    long in = layer.getNIn();
    long out = layer.getNOut();
    long columnsA = (long) adapter.a() * adapter.rank();
    long rowsB = (long) adapter.b() * adapter.rank();
    List<Slice> slices = new ArrayList<>();
    add(slices, W, 'c', in, out);
    if (layer.isHasBias()) {
      add(slices, BIAS, 'c', out);
    }
    add(slices, A, 'f', in, columnsA);
    add(slices, B, 'c', rowsB, out);
    add(slices, INITIAL_A, 'f', in, columnsA);
    add(slices, INITIAL_B, 'c', rowsB, out);
    return slices;
  }

  private static void add(List<Slice> slices, String key, char order, long... shape) {
    slices.add(new Slice(key, end(slices), order, shape));
  }

  private static long end(List<Slice> slices) {
    if (slices.isEmpty()) {
      return 0;
    }
    Slice last = slices.get(slices.size() - 1);
    return last.offset() + last.length();
  }

  /** The parameter of a name. */
  static Slice slice(ColaDenseLayer layer, String key) {
    return slices(layer).stream().filter(s -> s.key().equals(key)).findFirst().orElseThrow();
  }

  @Override
  public long numParams(NeuralNetConfiguration conf) {
    return numParams(conf.getLayer());
  }

  @Override
  public long numParams(Layer layer) {
    return end(slices((ColaDenseLayer) layer));
  }

  @Override
  public List<String> paramKeys(Layer layer) {
    return slices((ColaDenseLayer) layer).stream().map(Slice::key).toList();
  }

  /** The trained parameters: constraints and regularisation are for these alone. */
  @Override
  public List<String> weightKeys(Layer layer) {
    return List.of(A, B);
  }

  @Override
  public List<String> biasKeys(Layer layer) {
    return List.of();
  }

  @Override
  public boolean isWeightParam(Layer layer, String key) {
    return key.equals(A) || key.equals(B);
  }

  @Override
  public boolean isBiasParam(Layer layer, String key) {
    return false;
  }

  /** Views of the parameters; initialises W and b, but no factors, which follow from W. */
  @Override
  public Map<String, INDArray> init(
      NeuralNetConfiguration conf, INDArray parameters, boolean initialize) {
    ColaDenseLayer layer = (ColaDenseLayer) conf.getLayer();
    Map<String, INDArray> table = views(layer, parameters);
    table.keySet().forEach(conf::addVariable);
    if (initialize) {
      Slice w = slice(layer, W);
      INDArray memory = parameters.reshape(parameters.length());
      layer
          .getWeightInitFn()
          .init(
              layer.getNIn(),
              layer.getNOut(),
              w.shape(),
              IWeightInit.DEFAULT_WEIGHT_INIT_ORDER,
              memory.get(NDArrayIndex.interval(0, w.length())));
      if (layer.isHasBias()) {
        table.get(BIAS).assign(layer.getBiasInit());
      }
    }
    return table;
  }

  @Override
  public Map<String, INDArray> getGradientsFromFlattened(
      NeuralNetConfiguration conf, INDArray gradient) {
    return views((ColaDenseLayer) conf.getLayer(), gradient);
  }

  private static Map<String, INDArray> views(ColaDenseLayer layer, INDArray flat) {
    Map<String, INDArray> views = new LinkedHashMap<>();
    for (Slice slice : slices(layer)) {
      views.put(slice.key(), slice.of(flat));
    }
    return views;
  }
}
