package io.github.cola4j.dl4j;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.TargetModules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Adapts a trained network: puts a {@link ColaDenseLayer} with the same weights, frozen, in the
 * place of dense layers, and freezes other layers. The new network gives the outputs of the old
 * one, which stays as it is, and is trained and stored as any other of Deeplearning4j.
 *
 * <p>Layers are named as in the network; one without a name is {@code layer0}, {@code layer1} and
 * so on. Output layers are never replaced. For other classes, replace the output layer with
 * Deeplearning4j's {@code TransferLearning} before.
 *
 * @param adapter how layers are adapted; {@code targets} names the dense layers to replace, by
 *     default all
 * @param trained what is trained
 * @param updater of adapters and other trained layers; null for the updaters of the network
 * @param updaterB of the adapters' B; null for that of A
 */
public record ColaTransfer(
    AdapterConfig adapter, Trained trained, IUpdater updater, IUpdater updaterB) {

  /** Which parameters are trained. */
  public enum Trained {
    /** The adapters alone. */
    ADAPTERS,
    /** The adapters and the output layers. */
    ADAPTERS_AND_OUTPUT,
    /** The adapters and every layer that is not replaced. */
    ADAPTERS_AND_REST
  }

  /** Trains adapters and output layers with the network's updaters. */
  public ColaTransfer(AdapterConfig adapter) {
    this(adapter, Trained.ADAPTERS_AND_OUTPUT, null, null);
  }

  /**
   * Adapts a network of layers in a row.
   *
   * @throws IllegalArgumentException if a target matches no dense layer, the adapter does not fit
   *     one, a dense layer has layer normalisation or weight noise, or a frozen batch normalisation
   *     would have to pass on gradients
   */
  public MultiLayerNetwork apply(MultiLayerNetwork network) {
    return apply(network, 0);
  }

  /**
   * Adapts a network and gives it an output layer of so many classes, whose parameters are zero; 0
   * keeps the network's.
   */
  MultiLayerNetwork apply(MultiLayerNetwork network, int classes) {
    MultiLayerConfiguration conf = network.getLayerWiseConfigurations().clone();
    Map<String, Layer> layers = new LinkedHashMap<>();
    for (int i = 0; i < conf.getConfs().size(); i++) {
      layers.put(name(conf.getConf(i).getLayer(), i), conf.getConf(i).getLayer());
    }
    List<String> replaced = replaced(layers);
    List<String> names = new ArrayList<>(layers.keySet());
    boolean below = true;
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      below &= !replaced.contains(name);
      boolean output = i == names.size() - 1;
      Layer layer = layers.get(name);
      if (output && classes > 0) {
        layer = DenseLayers.classifying(name, layer, classes);
        conf.getConf(i).setMiniBatch(true);
      }
      set(conf.getConf(i), name, change(name, layer, replaced, output, below));
    }
    conf.setIterationCount(0);
    conf.setEpochCount(0);
    long parameters =
        conf.getConfs().stream().mapToLong(c -> c.getLayer().initializer().numParams(c)).sum();
    MultiLayerNetwork adapted = new MultiLayerNetwork(conf);
    adapted.init(vector(conf.getDataType(), parameters), false);
    for (int i = 0; i < names.size(); i++) {
      if (classes == 0 || i < names.size() - 1) {
        copy(network.getLayer(i), adapted.getLayer(i));
      }
    }
    return adapted;
  }

  /**
   * Adapts a graph of layers.
   *
   * @throws IllegalArgumentException as for a network of layers in a row, and if a vertex that is
   *     no layer has parameters to freeze
   */
  public ComputationGraph apply(ComputationGraph network) {
    return apply(network, 0);
  }

  /** Adapts a graph as {@link #apply(MultiLayerNetwork, int)} adapts a network. */
  ComputationGraph apply(ComputationGraph network, int classes) {
    ComputationGraphConfiguration conf = network.getConfiguration().clone();
    Map<String, Layer> layers = new LinkedHashMap<>();
    conf.getVertices()
        .forEach(
            (name, vertex) -> {
              if (vertex instanceof LayerVertex layer) {
                layers.put(name, layer.getLayerConf().getLayer());
              } else if (trained != Trained.ADAPTERS_AND_REST && vertex.numParams(true) > 0) {
                throw new IllegalArgumentException(
                    "vertex '"
                        + name
                        + "' is no layer and has parameters, which cannot be frozen and pass on"
                        + " gradients; train them too ("
                        + Trained.ADAPTERS_AND_REST
                        + ")");
              }
            });
    List<String> replaced = replaced(layers);
    long parameters = 0;
    for (Map.Entry<String, GraphVertex> vertex : conf.getVertices().entrySet()) {
      String name = vertex.getKey();
      if (vertex.getValue() instanceof LayerVertex layer) {
        boolean output = conf.getNetworkOutputs().contains(name);
        Layer before = layers.get(name);
        if (output && classes > 0) {
          before = DenseLayers.classifying(name, before, classes);
          layer.getLayerConf().setMiniBatch(true);
        }
        Layer changed = change(name, before, replaced, output, false);
        set(layer.getLayerConf(), name, output ? DenseLayers.scoring(changed) : changed);
      }
      parameters += vertex.getValue().numParams(true);
    }
    ComputationGraph adapted = new ComputationGraph(conf);
    adapted.init(vector(conf.getDataType(), parameters), false);
    for (var vertex : network.getVertices()) {
      var target = adapted.getVertex(vertex.getVertexName());
      if (classes > 0 && conf.getNetworkOutputs().contains(vertex.getVertexName())) {
        continue;
      }
      if (vertex.hasLayer()) {
        copy(vertex.getLayer(), target.getLayer());
      } else if (vertex.numParams() > 0) {
        target.params().assign(vertex.params());
      }
    }
    return adapted;
  }

  /** The names of the layers that get an adapter. */
  private List<String> replaced(Map<String, Layer> layers) {
    List<String> dense =
        layers.keySet().stream().filter(n -> DenseLayers.of(layers.get(n)) != null).toList();
    return new TargetModules(adapter.targets()).select(dense);
  }

  /** What a layer becomes. */
  private Layer change(
      String name, Layer layer, List<String> replaced, boolean output, boolean below) {
    if (replaced.contains(name)) {
      return DenseLayers.adapted(
          name, DenseLayers.of(layer), adapter.forModule(name), updater, updaterB);
    }
    if (trained == Trained.ADAPTERS_AND_REST || (output && trained != Trained.ADAPTERS)) {
      return DenseLayers.trained(layer, updater);
    }
    if (!below && DenseLayers.unwrapped(layer) instanceof BatchNormalization) {
      throw new IllegalArgumentException(
          "layer '"
              + name
              + "' is a batch normalisation, whose gradient is that of training even where it is"
              + " frozen; adapt layers above it alone, or train it too ("
              + Trained.ADAPTERS_AND_REST
              + ")");
    }
    return DenseLayers.frozen(layer, below);
  }

  private static void set(NeuralNetConfiguration conf, String name, Layer layer) {
    layer.setLayerName(name);
    conf.setLayer(layer);
    conf.clearVariables();
  }

  /** The name of a layer of a network of layers in a row. */
  static String name(Layer layer, int index) {
    return layer.getLayerName() == null ? "layer" + index : layer.getLayerName();
  }

  private static INDArray vector(DataType type, long parameters) {
    return Nd4j.create(type, 1, parameters);
  }

  private static void copy(
      org.deeplearning4j.nn.api.Layer source, org.deeplearning4j.nn.api.Layer target) {
    if (target instanceof ColaDense adapted) {
      adapted.startFrom(
          source.getParam(ColaDenseParameters.W), source.getParam(ColaDenseParameters.BIAS));
    } else if (source.numParams() > 0) {
      target.params().assign(source.params());
    }
  }
}
