package io.github.cola4j.dl4j;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
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
 * Where the parameters of a {@link ColaDenseLayer} lie in the network's flat vector: W and b; the
 * adapter's in the order of its layout; what these started from, in the same order. As column-major
 * memory this is W [out × in] and the matrices of a {@link ParameterLayout}, which is what adapters
 * work on.
 */
final class ColaDenseParameters implements ParamInitializer {
  static final String W = "W";
  static final String BIAS = "b";

  static final ColaDenseParameters INSTANCE = new ColaDenseParameters();

  private ColaDenseParameters() {}

  /** What happens to a parameter. */
  enum Role {
    /** Frozen. */
    WEIGHT,
    /** Trained. */
    ADAPTER,
    /** What an adapter's parameter started from, frozen. */
    INITIAL
  }

  /**
   * One parameter.
   *
   * @param role what happens to it
   * @param offset of its first element
   * @param learningRateRatio its learning rate relative to the updater's
   * @param order of its elements, 'c' row by row or 'f' column by column
   * @param shape as Deeplearning4j sees it
   */
  record Slice(
      String key,
      Role role,
      Kind kind,
      int offset,
      double learningRateRatio,
      char order,
      long... shape) {
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

  /** The parameters of a layer with so many inputs and outputs, in their order. */
  static List<Slice> slices(int in, int out, boolean bias, ParameterLayout layout, String module) {
    List<Slice> slices = new ArrayList<>();
    slices.add(new Slice(W, Role.WEIGHT, null, 0, 1, 'c', in, out));
    int end = Math.multiplyExact(in, out);
    if (bias) {
      slices.add(new Slice(BIAS, Role.WEIGHT, null, end, 1, 'c', out));
      end += out;
    }
    for (Role role : List.of(Role.ADAPTER, Role.INITIAL)) {
      for (ParameterLayout.Entry entry : layout.entries()) {
        String key =
            entry.name().substring(module.length() + 1).replace('_', '-')
                + (role == Role.INITIAL ? "0" : "");
        slices.add(
            entry.kind() == Kind.B
                ? new Slice(
                    key,
                    role,
                    Kind.B,
                    end,
                    entry.learningRateRatio(),
                    'c',
                    entry.columns(),
                    entry.rows())
                : new Slice(
                    key,
                    role,
                    entry.kind(),
                    end,
                    entry.learningRateRatio(),
                    'f',
                    entry.rows(),
                    entry.columns()));
        end = Math.addExact(end, entry.length());
      }
    }
    return slices;
  }

  @Override
  public long numParams(NeuralNetConfiguration conf) {
    return numParams(conf.getLayer());
  }

  @Override
  public long numParams(Layer layer) {
    return slices(layer).stream().mapToLong(Slice::length).sum();
  }

  private static List<Slice> slices(Layer layer) {
    return ((ColaDenseLayer) layer).slices();
  }

  @Override
  public List<String> paramKeys(Layer layer) {
    return slices(layer).stream().map(Slice::key).toList();
  }

  /** The trained parameters: constraints and regularisation are for these alone. */
  @Override
  public List<String> weightKeys(Layer layer) {
    return slices(layer).stream().filter(s -> s.role() == Role.ADAPTER).map(Slice::key).toList();
  }

  @Override
  public List<String> biasKeys(Layer layer) {
    return List.of();
  }

  @Override
  public boolean isWeightParam(Layer layer, String key) {
    return weightKeys(layer).contains(key);
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
      Slice w = layer.slices().get(0);
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
    for (Slice slice : layer.slices()) {
      views.put(slice.key(), slice.of(flat));
    }
    return views;
  }
}
