package io.github.cola4j.dl4j;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.ParameterLayout.Entry;
import io.github.cola4j.model.Answers;
import io.github.cola4j.model.ClassificationHead;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.Batch;
import io.github.cola4j.nn.batch.FeatureBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One task's classifier: a copy of a {@link StoredNetwork} with adapters and an output layer of the
 * task's own, computed by Deeplearning4j. θ is what the adapters' layout says, then the output
 * layer's weight [classes × d] and bias; it is copied into the network, and gradients out of it.
 *
 * <p>Everything random follows from the seeds of {@link #refresh} and of the pass: this sets the
 * seed of ND4J's generator of the calling thread, from which Deeplearning4j's own dropout is drawn.
 */
public final class NetworkClassifier implements TaskModel {
  /** The least probability that a loss is computed of, as Deeplearning4j has it. */
  private static final double LEAST = 1e-10;

  private final TaskNetwork network;
  private final Parameters parameters;
  private final ClassificationHead head;
  private final List<Window> windows = new ArrayList<>();
  private long step; // decides pairings

  /**
   * Parameters of an adapted layer, from one of its own on, and their part of θ and dθ [P × 1].
   *
   * @param copies how many times they lie there one after the other
   */
  private record Window(ColaDense layer, int from, int copies, Matrix theta, Matrix gradient) {
    /** One of the copies in all of the layer's parameters or gradients. */
    INDArray of(Matrix factors, int copy) {
      int start = from + copy * theta.rows();
      return factors.rows(start, start + theta.rows()).array();
    }
  }

  /**
   * A classifier whose parameters are all zero until {@link #theta()} is set.
   *
   * @param modules of the network's {@link StoredNetwork#linears}
   * @param initial the factors' starting values ({@link AdaptedModules#initial})
   * @throws IllegalArgumentException if {@link ColaTransfer} cannot adapt the network
   */
  public NetworkClassifier(
      StoredNetwork base, AdaptedModules modules, float[] initial, int classes) {
    this.network = base.adapted(modules.config(), classes);
    this.parameters = Parameters.zeros(base.type(), modules.layout(classes, base.outputInputs()));
    this.head = parameters.head();
    Map<String, ColaDense> adapted =
        network.adapted().stream().collect(Collectors.toMap(ColaDense::name, Function.identity()));
    float[] start = modules.layout().expand(initial);
    int started = 0;
    for (FrozenLinear linear : modules.linears()) {
      ColaDense layer = adapted.get(linear.name());
      int length = layer.factors().rows();
      layer.startFactors(Arrays.copyOfRange(start, started, started + length));
      started += length;
      int from = 0;
      for (Entry entry : modules.layout().entries()) {
        if (entry.name().startsWith(linear.name() + "/")) {
          int end = entry.offset() + entry.length();
          Matrix theta = theta().rows(entry.offset(), end);
          Matrix gradient = gradient().rows(entry.offset(), end);
          windows.add(new Window(layer, from, entry.copies(), theta, gradient));
          from += entry.copies() * entry.length();
        }
      }
      if (from != length) {
        throw new IllegalArgumentException(
            "method "
                + modules.config().method()
                + " lets layers share parameters, among them those of "
                + linear.name()
                + ", which layers of Deeplearning4j cannot; take another method, or targets of which"
                + " no two are alike");
      }
    }
  }

  @Override
  public Parameters parameters() {
    return parameters;
  }

  @Override
  public int classes() {
    return head.bias().rows();
  }

  /**
   * A copy of the adapted network with parameters, a {@code MultiLayerNetwork} or a {@code
   * ComputationGraph} as the stored one is, to use and to store as any other of Deeplearning4j.
   *
   * @param parameters θ
   */
  public Model network(float[] parameters) {
    theta().set(parameters);
    copyTheta();
    return network.copy();
  }

  @Override
  public void refresh(Pass pass, long seed, boolean training) {
    copyTheta();
    step = seed;
  }

  private void copyTheta() {
    for (Window window : windows) {
      Matrix factors = window.layer().factors();
      for (int copy = 0; copy < window.copies(); copy++) {
        window.of(factors, copy).assign(window.theta().array());
      }
    }
    Layer output = network.output();
    INDArray weight = output.getParam(ColaDenseParameters.W);
    INDArray bias = output.getParam(ColaDenseParameters.BIAS);
    weight.assign(head.weight().array().transpose());
    bias.assign(head.bias().array().reshape(bias.shape()));
  }

  @Override
  public double loss(Pass pass, Batch batch, int[] labels, double scale) {
    INDArray oneHot = Nd4j.zeros(theta().type(), labels.length, classes());
    for (int i = 0; i < labels.length; i++) {
      oneHot.putScalar(i, requireClass(labels[i]), 1);
    }
    Nd4j.getRandom().setSeed(pass.seed());
    windows.forEach(window -> window.layer().draw(step, pass.seed()));
    double loss = network.train(features(FeatureBatch.of(batch)), oneHot);
    for (Window window : windows) {
      add(scale, window.of(window.layer().factorGradients(), 0), window.gradient());
    }
    Layer output = network.output();
    Map<String, INDArray> gradients =
        output
            .conf()
            .getLayer()
            .initializer()
            .getGradientsFromFlattened(output.conf(), output.getGradientsViewArray());
    Matrix bias = head.gradBias();
    add(scale, gradients.get(ColaDenseParameters.W).transpose(), head.gradWeight());
    add(scale, gradients.get(ColaDenseParameters.BIAS).reshape(bias.rows(), 1), bias);
    return loss;
  }

  private static void add(double scale, INDArray from, Matrix to) {
    to.array().addi(from.mul(scale));
  }

  private int requireClass(int label) {
    if (label < 0 || label >= classes()) {
      throw new IllegalArgumentException(
          "expected a label of every example, from 0 to " + (classes() - 1) + ", got " + label);
    }
    return label;
  }

  @Override
  public Answers answers(Pass pass, Batch batch, int[] labels) {
    double[][] probabilities =
        network.probabilities(features(FeatureBatch.of(batch))).toDoubleMatrix();
    int[] predicted = new int[labels.length];
    double[] logProbability = new double[labels.length];
    for (int i = 0; i < labels.length; i++) {
      double[] p = probabilities[i];
      for (int c = 1; c < p.length; c++) {
        predicted[i] = p[c] > p[predicted[i]] ? c : predicted[i];
      }
      logProbability[i] = Math.log(Math.max(LEAST, p[requireClass(labels[i])]));
    }
    return new Answers(predicted, logProbability);
  }

  /** The features [T × features]. */
  private INDArray features(FeatureBatch batch) {
    return Nd4j.createFromArray(batch.features())
        .castTo(theta().type())
        .reshape('c', batch.examples(), batch.width());
  }
}
