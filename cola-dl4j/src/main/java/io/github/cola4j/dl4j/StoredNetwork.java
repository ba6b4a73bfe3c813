package io.github.cola4j.dl4j;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.kernels.nd4j.Nd4jStorage;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A trained Deeplearning4j network from a file of {@code ModelSerializer}, frozen: a {@code
 * MultiLayerNetwork}, or a {@code ComputationGraph} of one input and one output. Its examples are
 * vectors of numbers, and its last layer is an {@code OutputLayer}, in whose place each task has
 * its own. The fingerprint is the SHA-256 of the file, so that a network stored once more is
 * another.
 */
public final class StoredNetwork implements FrozenModel {
  private final String location;
  private final String fingerprint;
  private final TaskNetwork.Source network;
  private final List<FrozenLinear> linears = new ArrayList<>();

  private StoredNetwork(String location, String fingerprint, TaskNetwork.Source network) {
    this.location = location;
    this.fingerprint = fingerprint;
    this.network = network;
    network
        .layers()
        .forEach(
            (name, layer) -> {
              DenseLayer dense = DenseLayers.of(layer.conf().getLayer());
              if (dense != null) {
                linears.add(linear(name, dense, layer));
              }
            });
  }

  /**
   * Loads a network.
   *
   * @param location the file
   * @throws IllegalArgumentException if it is no network, has several inputs or outputs, does not
   *     end with an {@code OutputLayer}, or is neither FLOAT nor DOUBLE
   */
  public static StoredNetwork load(String location) {
    return load(location, NetworkLoader.fingerprint(location));
  }

  /** Loads a network whose fingerprint is known. */
  static StoredNetwork load(String location, String fingerprint) {
    try {
      return new StoredNetwork(location, fingerprint, read(new File(location)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("network " + location + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the network " + location + ": " + e, e);
    }
  }

  private static TaskNetwork.Source read(File file) throws IOException {
    try (NetworkArchive archive = NetworkArchive.open(file)) {
      String configuration = archive.configuration();
      if (archive.isEmpty()) {
        throw new IllegalArgumentException("the network has no parameters");
      }
      INDArray parameters = archive.coefficients();
      return new JsonMapper().readTree(configuration).has("vertices")
          ? new TaskNetwork.Graph(made(() -> graph(configuration, parameters)))
          : new TaskNetwork.Row(made(() -> row(configuration, parameters)));
    }
  }

  private static MultiLayerNetwork row(String json, INDArray parameters) {
    MultiLayerConfiguration configuration = MultiLayerConfiguration.fromJson(json);
    configuration.setDataType(parameters.dataType()); // files before 1.0.0-beta4 do not say it
    MultiLayerNetwork network = new MultiLayerNetwork(configuration);
    network.init(parameters, false);
    return network;
  }

  private static ComputationGraph graph(String json, INDArray parameters) {
    ComputationGraphConfiguration configuration = ComputationGraphConfiguration.fromJson(json);
    configuration.setDataType(parameters.dataType());
    ComputationGraph network = new ComputationGraph(configuration);
    network.init(parameters, false);
    return network;
  }

  /**
   * What Deeplearning4j makes of a configuration and parameters; it throws whatever it runs into.
   */
  private static <T> T made(Supplier<T> network) {
    try {
      return network.get();
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "Deeplearning4j makes no network of "
              + ModelSerializer.CONFIGURATION_JSON
              + " and "
              + ModelSerializer.COEFFICIENTS_BIN
              + ": "
              + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
          e);
    }
  }

  /** W of Deeplearning4j is [in × out], ours its transpose. */
  private static FrozenLinear linear(
      String name, DenseLayer dense, org.deeplearning4j.nn.api.Layer layer) {
    int in = Math.toIntExact(dense.getNIn());
    int out = Math.toIntExact(dense.getNOut());
    INDArray weight = layer.getParam(ColaDenseParameters.W).dup('c');
    Matrix bias = null;
    if (dense.hasBias()) {
      bias = Nd4jStorage.matrix(layer.getParam(ColaDenseParameters.BIAS).dup('c'), out, 1);
    }
    return new FrozenLinear(name, Nd4jStorage.matrix(weight, out, in), bias);
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public String fingerprint() {
    return fingerprint;
  }

  @Override
  public List<FrozenLinear> linears() {
    return List.copyOf(linears);
  }

  @Override
  public DataType type() {
    return network.type();
  }

  /** The inputs of the output layer. */
  int outputInputs() {
    return network.outputInputs();
  }

  /** Refuses examples of another number of features than the network takes. */
  void requireInput(int features) {
    int expected = network.inputs();
    if (features == 0 || (expected > 0 && features != expected)) {
      throw new IllegalArgumentException(
          "an example has "
              + features
              + " features, the network "
              + location
              + " takes "
              + (expected > 0 ? expected : "at least one"));
    }
  }

  /** A copy with adapters and an output layer of its own; threads make theirs one by one. */
  synchronized TaskNetwork adapted(AdapterConfig adapter, int classes) {
    return network.adapted(
        new ColaTransfer(adapter, ColaTransfer.Trained.ADAPTERS_AND_OUTPUT, null, null), classes);
  }
}
