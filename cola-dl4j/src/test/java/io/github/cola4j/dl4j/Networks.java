package io.github.cola4j.dl4j;

import io.github.cola4j.adapter.AdapterConfig;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** Small networks and data of the tests. */
final class Networks {
  private Networks() {}

  /** M = 2 and N = 3 of rank 2, or other numbers. */
  static AdapterConfig adapter(int a, int b, String pairing, String init) {
    return AdapterConfig.defaults()
        .withA(a)
        .withB(b)
        .withRank(2)
        .withAlpha(3.0)
        .withPairing(pairing)
        .withInit(init)
        .withDropout(0.0);
  }

  /** A configuration's network: the layers, and an output layer of three classes. */
  static MultiLayerNetwork network(DataType type, IUpdater updater, Layer... layers) {
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder()
            .seed(7)
            .dataType(type)
            .updater(updater)
            .activation(Activation.TANH)
            .list();
    for (Layer layer : layers) {
      list.layer(layer);
    }
    MultiLayerConfiguration conf =
        list.layer(
                new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                    .activation(Activation.SOFTMAX)
                    .nIn(6)
                    .nOut(3)
                    .build())
            .build();
    MultiLayerNetwork network = new MultiLayerNetwork(conf);
    network.init();
    return network;
  }

  /** Normally distributed features [examples × width]. */
  static INDArray features(DataType type, int examples, int width, long seed) {
    return normal(type, seed, examples, width);
  }

  /** Normally distributed elements. */
  static INDArray normal(DataType type, long seed, long... shape) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] elements = new double[(int) Arrays.stream(shape).reduce(1, (x, y) -> x * y)];
    Arrays.setAll(elements, i -> random.nextGaussian());
    return Nd4j.createFromArray(elements).castTo(type).reshape('c', shape);
  }

  /** One-hot labels of three classes in turn. */
  static INDArray labels(DataType type, int examples) {
    INDArray labels = Nd4j.zeros(type, examples, 3);
    for (int i = 0; i < examples; i++) {
      labels.putScalar(i, i % 3, 1);
    }
    return labels;
  }
}
