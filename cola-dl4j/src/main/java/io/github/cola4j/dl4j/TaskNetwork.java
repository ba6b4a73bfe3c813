package io.github.cola4j.dl4j;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What training needs of a network of either kind. It works without workspaces, since these belong
 * to threads, and a Spark task has whichever thread is free.
 */
interface TaskNetwork {

  /** The network itself. */
  Model network();

  /** Its layers. */
  Layer[] layers();

  /** The one that tells classes apart. */
  Layer output();

  /**
   * Forward and backward, which leaves the gradients in the layers.
   *
   * @param x [T × features]
   * @param labels one-hot [T × classes]
   * @return the sum of the cross-entropies
   */
  double train(INDArray x, INDArray labels);

  /** The classes' probabilities [T × classes]. */
  INDArray probabilities(INDArray x);

  /** A copy that computes with workspaces, as Deeplearning4j does. */
  Model copy();

  /** The adapted layers in their order. */
  default List<ColaDense> adapted() {
    return Stream.of(layers())
        .filter(ColaDense.class::isInstance)
        .map(ColaDense.class::cast)
        .toList();
  }

  /** A frozen network as it is in its file. */
  interface Source {

    /** Layers by the names that {@link ColaTransfer} has for them. */
    Map<String, Layer> layers();

    /** FLOAT or DOUBLE. */
    DataType type();

    /** The numbers of an example; 0 if that cannot be told. */
    int inputs();

    /** The inputs of the output layer. */
    int outputInputs();

    /** A copy with adapters and an output layer of so many classes. */
    TaskNetwork adapted(ColaTransfer transfer, int classes);
  }

  private static DataType requireType(DataType type) {
    if (type != DataType.FLOAT && type != DataType.DOUBLE) {
      throw new IllegalArgumentException("expected the type FLOAT or DOUBLE, got " + type);
    }
    return type;
  }

  private static int inputs(InputPreProcessor preprocessor, Layer first) {
    if (preprocessor instanceof FeedForwardToCnnPreProcessor image) {
      return Math.toIntExact(
          image.getInputHeight() * image.getInputWidth() * image.getNumChannels());
    }
    DenseLayer dense = DenseLayers.of(first.conf().getLayer());
    return preprocessor == null && dense != null ? Math.toIntExact(dense.getNIn()) : 0;
  }

  private static int outputInputs(String name, Layer output) {
    return Math.toIntExact(DenseLayers.output(name, output.conf().getLayer()).getNIn());
  }

  /** A network of layers in a row. */
  record Row(MultiLayerNetwork source) implements Source {
    public Row {
      requireType(source.getLayerWiseConfigurations().getDataType());
      TaskNetwork.outputInputs("output", source.getOutputLayer());
    }

    @Override
    public Map<String, Layer> layers() {
      Map<String, Layer> layers = new LinkedHashMap<>();
      for (int i = 0; i < source.getnLayers(); i++) {
        var conf = source.getLayerWiseConfigurations().getConf(i);
        layers.put(ColaTransfer.name(conf.getLayer(), i), source.getLayer(i));
      }
      return layers;
    }

    @Override
    public DataType type() {
      return source.getLayerWiseConfigurations().getDataType();
    }

    @Override
    public int inputs() {
      return TaskNetwork.inputs(
          source.getLayerWiseConfigurations().getInputPreProcess(0), source.getLayer(0));
    }

    @Override
    public int outputInputs() {
      return TaskNetwork.outputInputs("output", source.getOutputLayer());
    }

    @Override
    public TaskNetwork adapted(ColaTransfer transfer, int classes) {
      MultiLayerNetwork network = transfer.apply(source, classes);
      workspaces(network, WorkspaceMode.NONE);
      return new AdaptedRow(network);
    }

    private static void workspaces(MultiLayerNetwork network, WorkspaceMode mode) {
      network.getLayerWiseConfigurations().setTrainingWorkspaceMode(mode);
      network.getLayerWiseConfigurations().setInferenceWorkspaceMode(mode);
    }
  }

  /** A graph of one input and one output. */
  record Graph(ComputationGraph source) implements Source {
    public Graph {
      ComputationGraphConfiguration conf = source.getConfiguration();
      if (conf.getNetworkInputs().size() != 1 || conf.getNetworkOutputs().size() != 1) {
        throw new IllegalArgumentException(
            "expected a graph of one input and one output, got inputs "
                + conf.getNetworkInputs()
                + " and outputs "
                + conf.getNetworkOutputs());
      }
      requireType(conf.getDataType());
      TaskNetwork.outputInputs(conf.getNetworkOutputs().get(0), source.getOutputLayer(0));
    }

    @Override
    public Map<String, Layer> layers() {
      Map<String, Layer> layers = new LinkedHashMap<>();
      for (var vertex : source.getVertices()) {
        if (vertex.hasLayer()) {
          layers.put(vertex.getVertexName(), vertex.getLayer());
        }
      }
      return layers;
    }

    @Override
    public DataType type() {
      return source.getConfiguration().getDataType();
    }

    @Override
    public int inputs() {
      ComputationGraphConfiguration conf = source.getConfiguration();
      int inputs = 0;
      for (Map.Entry<String, List<String>> vertex : conf.getVertexInputs().entrySet()) {
        if (vertex.getValue().equals(conf.getNetworkInputs())
            && conf.getVertices().get(vertex.getKey()) instanceof LayerVertex layer) {
          inputs =
              Math.max(
                  inputs,
                  TaskNetwork.inputs(layer.getPreProcessor(), source.getLayer(vertex.getKey())));
        }
      }
      return inputs;
    }

    @Override
    public int outputInputs() {
      return TaskNetwork.outputInputs("output", source.getOutputLayer(0));
    }

    @Override
    public TaskNetwork adapted(ColaTransfer transfer, int classes) {
      ComputationGraph network = transfer.apply(source, classes);
      workspaces(network, WorkspaceMode.NONE);
      return new AdaptedGraph(network);
    }

    private static void workspaces(ComputationGraph network, WorkspaceMode mode) {
      network.getConfiguration().setTrainingWorkspaceMode(mode);
      network.getConfiguration().setInferenceWorkspaceMode(mode);
    }
  }

  /** An adapted network of layers in a row. */
  record AdaptedRow(MultiLayerNetwork network) implements TaskNetwork {
    @Override
    public Layer[] layers() {
      return network.getLayers();
    }

    @Override
    public Layer output() {
      return network.getOutputLayer();
    }

    @Override
    public double train(INDArray x, INDArray labels) {
      network.setInput(x);
      network.setLabels(labels);
      network.computeGradientAndScore();
      double loss = (network.score() - network.calcRegularizationScore(true)) * x.size(0);
      network.clear();
      return loss;
    }

    @Override
    public INDArray probabilities(INDArray x) {
      return network.output(x, false);
    }

    @Override
    public Model copy() {
      MultiLayerNetwork copy = network.clone();
      Row.workspaces(copy, WorkspaceMode.ENABLED);
      return copy;
    }
  }

  /** An adapted graph. */
  record AdaptedGraph(ComputationGraph network) implements TaskNetwork {
    @Override
    public Layer[] layers() {
      return network.getLayers();
    }

    @Override
    public Layer output() {
      return network.getOutputLayer(0);
    }

    @Override
    public double train(INDArray x, INDArray labels) {
      network.setInputs(x);
      network.setLabels(labels);
      network.computeGradientAndScore();
      double loss = (network.score() - network.calcRegularizationScore(true)) * x.size(0);
      network.clear();
      return loss;
    }

    @Override
    public INDArray probabilities(INDArray x) {
      return network.outputSingle(false, x);
    }

    @Override
    public Model copy() {
      ComputationGraph copy = network.clone();
      Graph.workspaces(copy, WorkspaceMode.ENABLED);
      return copy;
    }
  }
}
